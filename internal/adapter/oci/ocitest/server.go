package ocitest

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
)

// Who the Server knows from the start.
const (
	Tenancy     = "ocid1.tenancy.oc1..aaaatest"
	User        = "ocid1.user.oc1..aaaatest"
	Fingerprint = "20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34"
	Region      = "eu-frankfurt-1"
	KeyID       = Tenancy + "/" + User + "/" + Fingerprint
)

// maxBody bounds a request in memory; nothing of the project sends more at once.
const maxBody = 64 << 20

// signingKey is one for all servers of a process: making one takes a moment.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// Key is what User signs with.
func Key() *rsa.PrivateKey { return signingKey() }

// KeyPEM is Key as a file would hold it.
func KeyPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(Key())}))
}

// Provider signs as User.
func Provider() common.ConfigurationProvider {
	return common.NewRawConfigurationProvider(Tenancy, User, Region, Fingerprint, KeyPEM(), nil)
}

// Server is the services of one region behind one address.
type Server struct {
	URL string
	Now func() time.Time

	mu      sync.Mutex
	keys    map[string]*rsa.PublicKey // by key id
	routes  []route
	mishaps []*Mishap
	calls   []string // operations, in order of arrival
	buckets map[string]*bucket
	passes  map[string]*pass // pre-authenticated requests by the token in their URL
	copies  map[string]string
	streams map[string]*streamState
	clock   streamClock
	metrics []MetricPoint
	secrets map[string]string // content by OCID
	topics  map[string][]Notice

	topicStates map[string]string
	place       Place

	queues    map[string]*workQueue // by OCID
	queueLead time.Duration         // of their clock before Now
}

// New starts a Server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{Now: time.Now, keys: map[string]*rsa.PublicKey{KeyID: &Key().PublicKey},
		buckets: map[string]*bucket{}, passes: map[string]*pass{}, copies: map[string]string{}, streams: map[string]*streamState{}, queues: map[string]*workQueue{},
		topics: map[string][]Notice{}, topicStates: map[string]string{}, secrets: map[string]string{}}
	s.routes = slices.Concat(s.objectRoutes(), s.multipartRoutes(), s.preauthRoutes(), s.streamRoutes(), s.queueRoutes(), s.metricRoutes(), s.topicRoutes(), s.secretRoutes(), s.tenancyRoutes())
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	s.URL = web.URL
	return s
}

// Trust lets requests in that are signed with another key.
func (s *Server) Trust(keyID string, key *rsa.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[keyID] = key
}

// Calls counts how often an operation was asked for, "" for all.
func (s *Server) Calls(operation string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if operation == "" || c == operation {
			n++
		}
	}
	return n
}

// Failure is an error of a service as it goes over the wire.
type Failure struct {
	Status        int
	Code, Message string
}

func (f Failure) Error() string { return f.Code + ": " + f.Message }

// request is a call on its way through the Server.
type request struct {
	*http.Request
	part map[string]string // of the path, unescaped
	body []byte
}

func (r *request) decode(into any) error {
	if err := json.Unmarshal(r.body, into); err != nil {
		return Failure{http.StatusBadRequest, "InvalidParameter", "The body is not the JSON that was expected: " + err.Error()}
	}
	return nil
}

// route is one operation. A segment of its path such as {name} takes one
// segment of the request's, {name...} the rest; both are matched as sent, still
// escaped, so that a %2F in an object's name does not part it.
type route struct {
	operation, method, path string
	rule                    signing
	do                      func(w http.ResponseWriter, r *request) error
}

func (rt route) match(method, escaped string) (map[string]string, bool) {
	if method != rt.method {
		return nil, false
	}
	part := map[string]string{}
	have := strings.Split(escaped, "/")
	for i, want := range strings.Split(rt.path, "/") {
		if i >= len(have) {
			return nil, false
		}
		name, isPart := strings.CutPrefix(want, "{")
		name, isRest := strings.CutSuffix(strings.TrimSuffix(name, "}"), "...")
		value := have[i]
		if isRest {
			value = strings.Join(have[i:], "/")
			have = have[:i+1]
		}
		switch {
		case !isPart && want != value, isPart && value == "":
			return nil, false
		case isPart:
			text, err := unescape(value)
			if err != nil {
				return nil, false
			}
			part[name] = text
		}
		if i == strings.Count(rt.path, "/") && len(have) > i+1 {
			return nil, false
		}
	}
	return part, true
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("opc-request-id", newID())
	if id := r.Header.Get("opc-client-request-id"); id != "" {
		w.Header().Set("opc-client-request-id", id)
	}
	escaped, _, _ := strings.Cut(r.RequestURI, "?")
	for _, rt := range s.routes {
		part, ok := rt.match(r.Method, escaped)
		if !ok {
			continue
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			fail(w, r, Failure{http.StatusBadRequest, "RequestBodyBroken", err.Error()})
			return
		}
		s.serve(w, rt, &request{r, part, body})
		return
	}
	fail(w, r, Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "No operation is at " + r.Method + " " + escaped})
}

func (s *Server) serve(w http.ResponseWriter, rt route, r *request) {
	s.mu.Lock()
	s.calls = append(s.calls, rt.operation)
	m := s.next(rt.operation)
	s.mu.Unlock()
	do := func(w http.ResponseWriter) {
		err := s.verify(r.Request, r.body, rt.rule)
		if err == nil {
			err = rt.do(w, r)
		}
		if err != nil {
			fail(w, r.Request, err)
		}
	}
	if m == nil {
		do(w)
		return
	}
	m.spoil(w, r, do)
}

// fail answers an error: a body with code and message, none to HEAD.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	f, ok := errors.AsType[Failure](err)
	if !ok {
		f = Failure{http.StatusInternalServerError, "InternalServerError", err.Error()}
	}
	if r.Method == http.MethodHead || f.Status == http.StatusNotModified {
		w.WriteHeader(f.Status)
		return
	}
	answer(w, f.Status, map[string]string{"code": f.Code, "message": f.Message})
}

func answer(w http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(v); err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
