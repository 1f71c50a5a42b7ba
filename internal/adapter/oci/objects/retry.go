package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/domain/object"
)

// failure turns an error of the SDK into one of the port.
func failure(ctx context.Context, key string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	status, code := oci.Told(err)
	switch {
	case status == http.StatusNotFound && code != "BucketNotFound" && code != "NotAuthorizedOrNotFound" && code != "NoSuchUpload": // an answer to HEAD has no code
		return object.NotFound(key)
	case status == http.StatusPreconditionFailed:
		return object.Exists(key)
	case status == http.StatusRequestedRangeNotSatisfiable:
		_, _, e := object.Range{Offset: 1}.Span(0)
		return e
	}
	return object.Unavailable(fmt.Errorf("%s: %w", key, err))
}

// downloadTries is how often a body that broke off is taken up again.
const downloadTries = 3

// download is a body that goes on where it broke off.
type download struct {
	ctx     context.Context
	store   *Store
	key     string
	etag    *string
	body    io.ReadCloser
	at, end int64
	tries   int
}

// Read implements io.Reader.
func (d *download) Read(p []byte) (int, error) {
	n, err := d.body.Read(p)
	d.at += int64(n)
	if err == nil || d.at >= d.end || d.ctx.Err() != nil {
		return n, err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if d.tries == 0 {
		return n, err
	}
	d.tries--
	out, e := d.store.open(d.ctx, d.key, header(object.Range{Offset: d.at, Length: d.end - d.at}), d.etag)
	if e != nil {
		return n, errors.Join(err, e)
	}
	_ = d.body.Close() // it has failed already
	d.body = out.Content
	return n, nil
}

// Close implements io.Closer.
func (d *download) Close() error { return d.body.Close() }
