package oci

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"tradewind/internal/platform/telemetry"
)

// The patience with a service that fails.
const (
	lineRequests = 64 // under way at once
	lineFailures = 5  // in a row until the service is left alone
	lineRest     = 2 * time.Second
)

// Why a request was not sent. Neither is worth another attempt at once.
var (
	ErrLeftAlone = errors.New("the service failed too often and is left alone for a moment")
	ErrTooMany   = errors.New("too many requests of the service are under way")
)

// Line is the way to one service of OCI, for all clients of it together. At most
// 64 requests wait for the beginning of an answer, so that a service which is
// silent does not keep everybody waiting; after five failures in a row it is left
// alone for two seconds. The SDK's own circuit breaker does neither: to it, a
// connection that fails is a success.
type Line struct {
	service string
	breaker circuitbreaker.CircuitBreaker[any]
	places  chan struct{}
}

// NewLine makes a line to a service, whose name spans show.
func NewLine(service string) *Line { return newLine(service, lineRequests, lineRest) }

func newLine(service string, requests int, rest time.Duration) *Line {
	return &Line{service: service, places: make(chan struct{}, requests),
		breaker: circuitbreaker.NewBuilder[any]().WithFailureThreshold(lineFailures).WithSuccessThreshold(1).WithDelay(rest).Build()}
}

// LeftAlone reports whether the service is not being asked at the moment.
func (l *Line) LeftAlone() bool { return !l.breaker.IsClosed() }

// Client is for common.BaseClient. It bounds how long an answer takes to begin
// and, unless whole is 0, how long all of it may take; the SDK's own client ends
// everything after a minute.
func (l *Line) Client(begin, whole time.Duration) *Client {
	return &Client{l, &http.Client{Timeout: whole, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: begin, ExpectContinueTimeout: time.Second,
		MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute, DisableCompression: true, ForceAttemptHTTP2: true}}}
}

// Client sends requests over a Line. It is a common.HTTPRequestDispatcher.
type Client struct {
	line *Line
	http *http.Client
}

// Do implements common.HTTPRequestDispatcher.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	began := time.Now()
	r = owned(r)
	resp, err := c.do(r)
	if err != nil && r.Context().Err() != nil {
		err = fmt.Errorf("%w: %w", ErrNobodyWaits, err)
	}
	told := err
	if err == nil && sick(resp.StatusCode) {
		told = errors.New(resp.Status)
	}
	telemetry.Past(r.Context(), "oci", c.line.service+" "+r.Method, time.Since(began), told)
	return resp, err
}

func (c *Client) do(r *http.Request) (*http.Response, error) {
	select {
	case c.line.places <- struct{}{}:
		defer func() { <-c.line.places }()
	default:
		return nil, fmt.Errorf("%s: %w", c.line.service, ErrTooMany)
	}
	if !c.line.breaker.TryAcquirePermit() {
		return nil, fmt.Errorf("%s: %w", c.line.service, ErrLeftAlone)
	}
	resp, err := c.http.Do(r)
	c.line.record(r.Context(), resp, err)
	return resp, err
}

// record tells the breaker. Whoever did not want to wait says nothing about the
// service, except where the request was the one that was to try it again.
func (l *Line) record(ctx context.Context, resp *http.Response, err error) {
	switch {
	case err == nil && !sick(resp.StatusCode):
		l.breaker.RecordSuccess()
	case err != nil && errors.Is(ctx.Err(), context.Canceled) && l.breaker.IsClosed():
	default:
		l.breaker.RecordFailure()
	}
}

// sick reports whether a status says more about the service than the request.
func sick(status int) bool { return status == http.StatusTooManyRequests || status >= 500 }
