package objectfolder

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/domain/object"
	"tradewind/internal/platform/fault"
)

// Path begins the paths of signed URLs; ServeHTTP answers them.
const Path = "/objects/"

// UploadURL implements object.Store.
func (f *Folder) UploadURL(ctx context.Context, key string, valid time.Duration) (object.SignedURL, error) {
	return f.sign(ctx, http.MethodPut, key, valid)
}

// DownloadURL implements object.Store.
func (f *Folder) DownloadURL(ctx context.Context, key string, valid time.Duration) (object.SignedURL, error) {
	return f.sign(ctx, http.MethodGet, key, valid)
}

func (f *Folder) sign(ctx context.Context, method, key string, valid time.Duration) (object.SignedURL, error) {
	if err := check(ctx, key); err != nil {
		return object.SignedURL{}, err
	}
	end := f.Now().Add(min(valid, object.MaxValid)).UTC().Truncate(time.Second)
	at := strings.TrimSuffix(f.base, "/") + Path + strings.ReplaceAll(url.PathEscape(key), "%2F", "/") + "?token=" + f.tokens.Until("object "+method, key, end)
	return object.SignedURL{Method: method, URL: at, Header: http.Header{}, ExpiresAt: end}, nil
}

// ServeHTTP answers signed URLs. Whatever the URL, its token decides.
func (f *Folder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), Path))
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	end, ok := f.tokens.End("object "+method, key, r.URL.Query().Get("token"))
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	switch {
	case err != nil || !ok || !f.Now().Before(end):
		http.Error(w, "This address does not work or no longer.", http.StatusForbidden)
		return
	case r.Method == http.MethodPut:
		unhurried(w)
		err = f.take(w, r, key)
	default:
		unhurried(w)
		err = f.give(w, r, key)
	}
	if err != nil {
		slog.WarnContext(r.Context(), "signed address failed", "method", r.Method, "key", key, "err", err)
	}
}

// unhurried lets a film take its time. Where the connection knows no deadlines
// there is none to lift.
func unhurried(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{})
	_ = c.SetWriteDeadline(time.Time{})
}

func (f *Folder) take(w http.ResponseWriter, r *http.Request, key string) error {
	kind := r.Header.Get("Content-Type")
	if len(kind) > 100 {
		kind = ""
	}
	info, err := f.Put(r.Context(), key, http.MaxBytesReader(w, r.Body, f.limit), object.Put{ContentType: kind})
	tooLarge, isLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case isLarge:
		http.Error(w, "At most "+strconv.FormatInt(tooLarge.Limit, 10)+" bytes are possible.", http.StatusRequestEntityTooLarge)
		return nil
	case fault.KindOf(err) == fault.Unavailable:
		http.Error(w, "The file cannot be kept at the moment.", http.StatusServiceUnavailable)
		return err
	case err != nil:
		http.Error(w, "The file did not arrive whole.", http.StatusBadRequest)
		return nil
	}
	w.Header().Set("ETag", `"`+info.ETag+`"`)
	w.WriteHeader(http.StatusOK)
	return nil
}

// give answers as a download: what was uploaded never becomes a page of ours.
func (f *Folder) give(w http.ResponseWriter, r *http.Request, key string) error {
	info, body, err := f.Get(r.Context(), key, object.Range{})
	if err != nil {
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return nil
	}
	defer body.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if info.ContentType != "" {
		h.Set("Content-Type", info.ContentType)
	}
	h.Set("Content-Disposition", "attachment")
	h.Set("Content-Security-Policy", "sandbox")
	h.Set("Content-Length", strconv.FormatInt(info.Size, 10))
	if r.Method == http.MethodHead {
		return nil
	}
	_, err = io.Copy(w, body)
	return err
}
