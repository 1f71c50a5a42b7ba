// Package object is the port of the object store: bytes that are kept under a
// key, such as pictures, films and files. It imports fault and does no I/O.
package object

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tradewind/internal/platform/fault"
)

// Info is what a store knows about an object. A list leaves ContentType,
// CacheControl and ETag empty.
type Info struct {
	Key                       string
	Size                      int64 // bytes
	ModifiedAt                time.Time
	ContentType, CacheControl string
	ETag                      string // differs between contents of one key; never empty
}

// Put says how an object is put.
type Put struct {
	ContentType, CacheControl string
	IfNew                     bool // refuse, with "object-exists", to replace one
}

// Range is a part of an object: Length bytes from Offset on, or all of them
// with Length 0. The zero value is the whole.
type Range struct{ Offset, Length int64 }

// Page is a part of a list. Next begins the one after it; "" ends the list.
type Page struct {
	Objects []Info
	Next    string
}

// SignedURL lets whoever has it do one thing until it expires, with Method and
// Header as they are.
type SignedURL struct {
	Method, URL string
	Header      http.Header
	ExpiresAt   time.Time
}

// Store keeps objects. A key is there with all of its bytes or not at all, also
// while it is replaced and after a crash. Errors have the codes
// "object-key-invalid", "object-not-found", "object-exists",
// "object-range-invalid", "object-damaged" and, worth another attempt,
// "objects-unavailable".
type Store interface {
	// Put reads body to its end. If body fails, nothing is put and the error is body's.
	Put(ctx context.Context, key string, body io.Reader, how Put) (Info, error)
	// Get opens an object; the caller closes it. Bytes that got lost or changed
	// on the way end in an error, never in io.EOF. Info.Size is that of the whole.
	Get(ctx context.Context, key string, part Range) (Info, io.ReadCloser, error)
	Head(ctx context.Context, key string) (Info, error)
	// Delete succeeds if there is nothing to delete.
	Delete(ctx context.Context, key string) error
	// List returns up to limit (1 to 1000) objects whose keys begin with prefix,
	// from the key start on, in order of the keys' bytes.
	List(ctx context.Context, prefix, start string, limit int) (Page, error)
	UploadURL(ctx context.Context, key string, valid time.Duration) (SignedURL, error)
	DownloadURL(ctx context.Context, key string, valid time.Duration) (SignedURL, error)
}

// The bounds of keys and of the life of a SignedURL.
const (
	MaxKey     = 512 // bytes
	MaxSegment = 80  // bytes between slashes
	MaxValid   = 24 * time.Hour
)

// CheckKey reports whether every store can keep an object under key: segments
// of text with slashes between, none of them a way out of a folder. The code of
// the error is "object-key-invalid".
func CheckKey(key string) error {
	ok := key != "" && len(key) <= MaxKey && utf8.ValidString(key)
	for segment := range strings.SplitSeq(key, "/") {
		ok = ok && segment != "" && segment != "." && segment != ".." && len(segment) <= MaxSegment &&
			!strings.ContainsFunc(segment, func(r rune) bool { return unicode.IsControl(r) || r == '\\' })
	}
	if !ok {
		return fault.New(fault.Invalid, "object-key-invalid", "%.100q cannot be the key of an object.", key)
	}
	return nil
}

// Span turns r into the first byte and the one after the last of size bytes.
// The code of the error is "object-range-invalid".
func (r Range) Span(size int64) (from, to int64, err error) {
	if r == (Range{}) {
		return 0, size, nil
	}
	if r.Offset < 0 || r.Length < 0 || r.Offset >= size {
		return 0, 0, fault.New(fault.Invalid, "object-range-invalid", "The object has no bytes from %d on.", r.Offset)
	}
	if to = size; r.Length > 0 && r.Length < size-r.Offset {
		to = r.Offset + r.Length
	}
	return r.Offset, to, nil
}

// NotFound says that there is no object under key.
func NotFound(key string) error {
	return fault.New(fault.NotFound, "object-not-found", "There is no object %s.", key)
}

// Exists says that an object which should have been new is there.
func Exists(key string) error {
	return fault.New(fault.Conflict, "object-exists", "There is an object %s already.", key)
}

// Damaged says that the bytes of an object are not those that were put.
func Damaged(key string, cause error) error {
	return fault.New(fault.Unavailable, "object-damaged", "The object %s did not arrive whole.", key).Because(cause)
}

// Unavailable says that the store does not answer.
func Unavailable(cause error) error {
	return fault.New(fault.Unavailable, "objects-unavailable", "Files cannot be reached at the moment.").Because(cause)
}
