package oidc

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxAnswer is how much of an answer is read: no description, key set or token
// comes near it.
const maxAnswer = 1 << 20

// sick is an error that says more about the provider than about the sign-in.
type sick struct{ cause error }

func (e *sick) Error() string { return "the provider does not answer: " + e.cause.Error() }
func (e *sick) Unwrap() error { return e.cause }

// transport bounds answers, and makes errors of answers that a sick server gives.
type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := private(r.URL.Scheme + "://" + r.URL.Host); err != nil {
		return nil, &sick{err}
	}
	res, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, &sick{err}
	}
	if res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests {
		res.Body.Close()
		return nil, &sick{fmt.Errorf("%s %s%s: %s", r.Method, r.URL.Host, r.URL.Path, res.Status)}
	}
	res.Body = &bounded{res.Body, maxAnswer}
	return res, nil
}

// bounded is a body that fails instead of going on for ever.
type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, &sick{errors.New("the answer is too large")}
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	if err != nil && err != io.EOF {
		err = &sick{err}
	}
	return n, err
}

// newClient follows no redirects: an address that the provider has described
// answers itself, and a secret goes nowhere else.
func newClient(timeout time.Duration) *http.Client {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 8
	return &http.Client{Timeout: timeout, Transport: transport{base},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
