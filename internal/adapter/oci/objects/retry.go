package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"

	"tradewind/internal/domain/object"
)

// retrying is how often and after which pauses a call is made again.
type retrying struct {
	attempts       uint
	first, longest time.Duration
}

// patient is what people who wait for a page can bear; the client's circuit
// breaker, the SDK's own, keeps calls away from a service that stays sick.
var patient = retrying{attempts: 4, first: 100 * time.Millisecond, longest: 2 * time.Second}

// pause doubles from attempt to attempt and is cut at random (full jitter), so
// that callers who failed together do not come back together.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
func (r retrying) pause(attempt uint) time.Duration {
	return rand.N(min(r.longest, r.first<<min(attempt-1, 20)) + 1)
}

// policy is r for the SDK; it counts the attempts after the first into tries.
func (r retrying) policy(tries *int) common.RequestMetadata {
	p := common.NewRetryPolicy(r.attempts, func(got common.OCIOperationResponse) bool {
		more := transient(got.Error) && got.AttemptNumber < r.attempts
		if more && tries != nil {
			*tries++
		}
		return more
	}, func(got common.OCIOperationResponse) time.Duration { return r.pause(got.AttemptNumber) })
	return common.RequestMetadata{RetryPolicy: &p}
}

// transient reports whether the same call may succeed later: the service has too
// much to do or is sick, or the connection failed.
func transient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || common.IsCircuitBreakerError(err) {
		return false
	}
	status, _ := told(err)
	switch status {
	case 0:
		return true
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// told is what the service said; zero if it said nothing.
func told(err error) (status int, code string) {
	var f common.ServiceError
	if errors.As(err, &f) {
		return f.GetHTTPStatusCode(), f.GetCode()
	}
	return 0, ""
}

// failure turns an error of the SDK into one of the port.
func failure(ctx context.Context, key string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	status, code := told(err)
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
