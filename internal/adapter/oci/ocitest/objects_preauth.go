package ocitest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// pass is a pre-authenticated request: whoever has its URL may do one thing
// until it expires.
type pass struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	AccessType  string    `json:"accessType"`
	ObjectName  string    `json:"objectName,omitempty"`
	AccessURI   string    `json:"accessUri,omitempty"`
	FullPath    string    `json:"fullPath,omitempty"`
	TimeCreated time.Time `json:"timeCreated"`
	TimeExpires time.Time `json:"timeExpires"`
	bucket      string
}

const passPath = "/p/{token}" + objectPath

func (s *Server) preauthRoutes() []route {
	return []route{
		{"CreatePreauthenticatedRequest", "POST", bucketPath + "/p", whole, s.createPass},
		{"ListPreauthenticatedRequests", "GET", bucketPath + "/p", whole, s.listPasses},
		{"GetPreauthenticatedRequest", "GET", bucketPath + "/p/{pass...}", whole, s.getPass},
		{"DeletePreauthenticatedRequest", "DELETE", bucketPath + "/p/{pass...}", whole, s.deletePass},
		{"PreauthenticatedPut", "PUT", passPath, unsigned, s.admitted(s.putObject, "ObjectWrite", "ObjectReadWrite", "AnyObjectWrite", "AnyObjectReadWrite")},
		{"PreauthenticatedGet", "GET", passPath, unsigned, s.admitted(s.getObject, "ObjectRead", "ObjectReadWrite", "AnyObjectRead", "AnyObjectReadWrite")},
		{"PreauthenticatedHead", "HEAD", passPath, unsigned, s.admitted(s.getObject, "ObjectRead", "ObjectReadWrite", "AnyObjectRead", "AnyObjectReadWrite")},
	}
}

func (s *Server) createPass(w http.ResponseWriter, r *request) error {
	var p pass
	if err := r.decode(&p); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.bucket(r); err != nil {
		return err
	}
	known := []string{"ObjectRead", "ObjectWrite", "ObjectReadWrite", "AnyObjectRead", "AnyObjectWrite", "AnyObjectReadWrite"}
	switch {
	case p.Name == "" || !slices.Contains(known, p.AccessType):
		return Failure{http.StatusBadRequest, "InvalidParameter", "name and a known accessType are needed"}
	case strings.HasPrefix(p.AccessType, "Object") == (p.ObjectName == ""):
		return Failure{http.StatusBadRequest, "InvalidParameter", "objectName does not fit accessType " + p.AccessType}
	case !p.TimeExpires.After(s.Now()):
		return Failure{http.StatusBadRequest, "InvalidParameter", "timeExpires must be in the future"}
	}
	token := newID()
	p.ID, p.TimeCreated, p.bucket = newID()+":"+p.ObjectName, s.Now().UTC(), r.part["namespace"]+"/"+r.part["bucket"]
	p.AccessURI = "/p/" + token + "/n/" + url.PathEscape(r.part["namespace"]) + "/b/" + url.PathEscape(r.part["bucket"]) + "/o/" + url.PathEscape(p.ObjectName)
	p.FullPath = s.URL + p.AccessURI
	kept := p
	s.passes[token] = &kept
	answer(w, http.StatusOK, p)
	return nil
}

// summary leaves out the URL, which the service tells only once.
func (p pass) summary() pass {
	p.AccessURI, p.FullPath = "", ""
	return p
}

func (s *Server) listPasses(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []pass{}
	for _, p := range s.passes {
		if p.bucket == r.part["namespace"]+"/"+r.part["bucket"] && strings.HasPrefix(p.ObjectName, r.URL.Query().Get("objectNamePrefix")) {
			out = append(out, p.summary())
		}
	}
	slices.SortFunc(out, func(a, b pass) int { return strings.Compare(a.ID, b.ID) })
	answer(w, http.StatusOK, out)
	return nil
}

// findPass finds the pass that a request names. s.mu is held.
func (s *Server) findPass(r *request) (string, *pass, error) {
	for token, p := range s.passes {
		if p.ID == r.part["pass"] && p.bucket == r.part["namespace"]+"/"+r.part["bucket"] {
			return token, p, nil
		}
	}
	return "", nil, Failure{http.StatusNotFound, "PreauthenticatedRequestNotFound", "There is no pre-authenticated request " + r.part["pass"]}
}

func (s *Server) getPass(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, p, err := s.findPass(r)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, p.summary())
	return nil
}

func (s *Server) deletePass(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, _, err := s.findPass(r)
	if err != nil {
		return err
	}
	delete(s.passes, token)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// admitted lets a request do its thing if its URL is a pass for that.
func (s *Server) admitted(do func(http.ResponseWriter, *request) error, types ...string) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, r *request) error {
		s.mu.Lock()
		p, ok := s.passes[r.part["token"]]
		ok = ok && p.bucket == r.part["namespace"]+"/"+r.part["bucket"] && slices.Contains(types, p.AccessType) &&
			(p.ObjectName == "" || p.ObjectName == r.part["object"]) && s.Now().Before(p.TimeExpires)
		s.mu.Unlock()
		if !ok {
			return Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "The pre-authenticated request does not exist, has expired or does not allow this."}
		}
		return do(w, r)
	}
}
