// Package caller sends HTTP requests to a service that may be sick: again when
// that can help, and not at all for a while when it fails too often. It
// tells the service which trace its requests belong to.
package caller

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"tradewind/internal/platform/telemetry"
)

// The patience of a Caller with a service that fails.
const (
	retries         = 2
	retryFirst      = 50 * time.Millisecond
	retryLongest    = 500 * time.Millisecond
	breakerFailures = 10 // calls in a row until the service is left alone
	breakerRest     = 5 * time.Second
	maxAnswer       = 1 << 20
)

// Caller calls one service. It is safe for concurrent use.
type Caller struct {
	base    string
	host    string
	timeout time.Duration
	http    *http.Client
	policy  failsafe.Executor[*Reply]
}

// Reply is an answer that came, whatever it says.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte // up to 1 MiB
}

// New makes a caller of the service at base, such as "http://127.0.0.1:8090".
// timeout bounds one call, its retries included.
func New(base string, timeout time.Duration) *Caller {
	u, _ := url.Parse(base) // whoever has the setting has validated it; the host only names spans
	c := &Caller{base: strings.TrimSuffix(base, "/"), timeout: timeout,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	breaker := circuitbreaker.NewBuilder[*Reply]().HandleIf(sick).
		WithFailureThreshold(breakerFailures).WithDelay(breakerRest).Build()
	retry := retrypolicy.NewBuilder[*Reply]().HandleIf(sick).AbortOnErrors(circuitbreaker.ErrOpen, context.Canceled, context.DeadlineExceeded).
		WithMaxRetries(retries).WithBackoff(retryFirst, retryLongest).WithJitterFactor(0.3).ReturnLastFailure().Build()
	c.policy = failsafe.With[*Reply](retry, breaker)
	if u != nil {
		c.host = u.Host
	}
	return c
}

// sick reports whether an answer says more about the service than about the
// request. A shopper who leaves says nothing about either.
func sick(r *Reply, err error) bool {
	if err != nil {
		return !errors.Is(err, context.Canceled)
	}
	return r.Status >= 500 || r.Status == http.StatusTooManyRequests
}

// Call sends a request, and sends it again if the service is sick: what it asks
// for must be the same however often it comes. The error says that nobody knows
// what became of it.
func (c *Caller) Call(ctx context.Context, method, path string, header http.Header, body []byte) (r *Reply, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ctx, traced := telemetry.Begin(ctx, "http "+method+" "+c.host)
	defer func() { traced(err) }()
	trace := telemetry.Traceparent(ctx)
	return c.policy.WithContext(ctx).Get(func() (*Reply, error) {
		req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		for name, values := range header {
			req.Header[name] = values
		}
		if trace != "" {
			req.Header.Set("Traceparent", trace)
		}
		resp, err := c.http.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return nil, err
		}
		return &Reply{resp.StatusCode, resp.Header, answer}, nil
	})
}
