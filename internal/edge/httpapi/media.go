package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/media"
	"tradewind/internal/domain/object"
	"tradewind/internal/platform/fault"
)

// mediaPath begins the addresses of pictures and films.
const mediaPath = "/media/"

// slowest is the line that a film is sent over to its end, in bytes a second.
const slowest = 32 << 10

// renditionView is a width in which a picture can be had.
type renditionView struct {
	URL   string `json:"url"`
	Width int    `json:"width"`
}

// viewRenditions lists those of a picture that the shop made itself.
func viewRenditions(url string) (out []renditionView) {
	key, _ := strings.CutPrefix(url, catalog.ObjectScheme)
	p, ok := media.Parse(key)
	if !ok || !media.IsPublic(key) {
		return nil
	}
	for _, one := range p.Renditions() {
		out = append(out, renditionView{mediaPath + one.Key(), one.Width})
	}
	return out
}

// showMedia handles GET /media/{key}: pictures and films, also in parts. Their
// names are made of their content, so whoever has one need not ask again.
func (a *API) showMedia(w http.ResponseWriter, r *http.Request) error {
	if strings.HasPrefix(r.URL.Path, mediaPath+"demo/") && a.Demo != nil {
		a.Demo.ServeHTTP(w, r)
		return nil
	}
	key := strings.TrimPrefix(r.URL.EscapedPath(), mediaPath) // a public key needs no escapes
	if !media.IsPublic(key) {
		return noMedia()
	}
	tag := `"` + path.Base(key) + `"`
	h := w.Header()
	if matches(r, tag) {
		h.Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	info, err := a.Media.Objects.Head(r.Context(), key)
	if fault.Code(err) == "object-not-found" {
		return noMedia()
	}
	if err != nil {
		return err
	}
	h.Set("ETag", tag)
	h.Set("Content-Type", info.ContentType)
	h.Set("Cache-Control", info.CacheControl)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	// Long enough for a slow line, and no longer: a player asks for the rest.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute + time.Duration(info.Size/slowest)*time.Second))
	body := &seeker{ctx: r.Context(), objects: a.Media.Objects, key: key, size: info.Size}
	http.ServeContent(w, r, "", info.ModifiedAt, body)
	return errors.Join(body.err, body.close())
}

func noMedia() error {
	return fault.New(fault.NotFound, "media-not-found", "There is no such picture or film.")
}

// seeker reads an object from wherever it is asked to, which is opened when it
// is read.
type seeker struct {
	ctx      context.Context
	objects  object.Store
	key      string
	size, at int64
	body     io.ReadCloser
	err      error
}

// Seek implements io.Seeker.
func (s *seeker) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.at
	case io.SeekEnd:
		offset += s.size
	}
	if offset < 0 {
		return 0, errors.New("before the start of " + s.key)
	}
	if offset != s.at {
		s.err = errors.Join(s.err, s.close())
		s.at = offset
	}
	return offset, nil
}

// Read implements io.Reader.
func (s *seeker) Read(p []byte) (n int, err error) {
	if s.at >= s.size {
		return 0, io.EOF
	}
	if s.body == nil {
		if _, s.body, err = s.objects.Get(s.ctx, s.key, object.Range{Offset: s.at}); err != nil {
			s.err = err
			return 0, err
		}
	}
	n, err = s.body.Read(p)
	s.at += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func (s *seeker) close() error {
	if s.body == nil {
		return nil
	}
	err := s.body.Close()
	s.body = nil
	return err
}
