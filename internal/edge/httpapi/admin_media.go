package httpapi

import (
	"errors"
	"net/http"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/service/illustrating"
)

// adminMediaPath is the one route whose body may be as large as media.film-bytes.
const adminMediaPath = "/v1/admin/media"

func (a *API) mediaRoutes() []Route {
	return []Route{
		{"POST", adminMediaPath, Staff("catalog:write"), a.addMedia},
		{"POST", adminMediaPath + "/uploads", Staff("catalog:write"), a.beginUpload},
		{"POST", adminMediaPath + "/uploads/{id}", Staff("catalog:write"), a.confirmUpload},
	}
}

// addedView is a picture or film as products name it by url.
type addedView struct {
	Kind       string          `json:"kind"`
	URL        string          `json:"url"`
	Address    string          `json:"address"`
	Type       string          `json:"type"`
	Bytes      int64           `json:"bytes"`
	Width      int             `json:"width,omitempty"`
	Height     int             `json:"height,omitempty"`
	Renditions []renditionView `json:"renditions,omitempty"`
}

// addMedia handles POST /v1/admin/media: the body is the file. What it is, its
// bytes say; Content-Type and names are not believed. The same file again is the
// same picture.
func (a *API) addMedia(w http.ResponseWriter, r *http.Request) error {
	unhurried(w)
	added, err := a.Media.Add(r.Context(), r.Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.New(fault.TooLarge, "body-too-large", "The body is larger than %d bytes.", tooLarge.Limit)
	}
	if err != nil {
		return err
	}
	return encodeAdded(w, r, added)
}

func encodeAdded(w http.ResponseWriter, r *http.Request, added illustrating.Added) error {
	v := addedView{Kind: added.Kind, URL: added.URL, Address: mediaURL(added.URL), Type: added.Type, Bytes: added.Bytes, Width: added.Width, Height: added.Height, Renditions: viewRenditions(added.URL)}
	w.Header().Set("Location", v.Address)
	return encode(w, r, http.StatusCreated, v)
}

// uploadView is where and how a browser sends a file to the object store itself.
type uploadView struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt time.Time         `json:"expires_at"`
	Largest   int64             `json:"largest"`
}

// beginUpload handles POST /v1/admin/media/uploads.
func (a *API) beginUpload(w http.ResponseWriter, r *http.Request) error {
	u, err := a.Media.Begin(r.Context())
	if err != nil {
		return err
	}
	v := uploadView{ID: u.ID, Method: u.To.Method, URL: u.To.URL, Headers: map[string]string{}, ExpiresAt: u.To.ExpiresAt, Largest: a.Media.Config.FilmBytes}
	for name := range u.To.Header {
		v.Headers[name] = u.To.Header.Get(name)
	}
	w.Header().Set("Location", adminMediaPath+"/uploads/"+u.ID)
	return encode(w, r, http.StatusCreated, v)
}

// confirmUpload handles POST /v1/admin/media/uploads/{id}: what was sent is
// looked at, as addMedia does.
func (a *API) confirmUpload(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "upload-not-found")
	if err != nil {
		return err
	}
	unhurried(w)
	added, err := a.Media.Confirm(r.Context(), id)
	if err != nil {
		return err
	}
	return encodeAdded(w, r, added)
}
