package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// gzipAbove is the size in bytes from which compression pays.
const gzipAbove = 1024

// encode answers with v as JSON. Such answers are somebody's own: no cache keeps them.
func encode(w http.ResponseWriter, r *http.Request, status int, v any) error {
	body, err := marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "private, no-store")
	if (r.Method == http.MethodGet || r.Method == http.MethodHead) && status == http.StatusOK {
		tag := etag(body)
		h.Set("ETag", tag)
		if matches(r, tag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	if len(body) > gzipAbove && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		body = gzipped(body)
	}
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

// etag is weak: with equal tags the content is the same, compressed or not
// (RFC 9110, 8.8.1).
func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// matches reports whether the client has the representation already (RFC 9110, 13.1.2).
func matches(r *http.Request, tag string) bool {
	have := r.Header.Get("If-None-Match")
	if have == "" {
		return false
	}
	for t := range strings.SplitSeq(have, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == strings.TrimPrefix(tag, "W/") || t == "*" {
			return true
		}
	}
	return false
}

// takesGzip reports whether the client accepts gzip (RFC 9110, 12.5.3).
func takesGzip(r *http.Request) bool {
	accept := r.Header.Get("Accept-Encoding")
	if accept == "" {
		return false
	}
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

var gzipWriters = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return w }}

func gzipped(body []byte) []byte {
	var buf bytes.Buffer
	buf.Grow(len(body) / 3)
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	w.Reset(&buf)
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return buf.Bytes()
}

func marshal(v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return body, nil
}
