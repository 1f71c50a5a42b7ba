package opensearch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	sdk "github.com/opensearch-project/opensearch-go/v2"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/held"
	"tradewind/internal/platform/telemetry"
)

// The patience with a cluster that fails.
const (
	retries         = 2
	retryFirst      = 25 * time.Millisecond
	retryLongest    = 500 * time.Millisecond
	breakerFailures = 5 // attempts in a row until the cluster is left alone
	breakerRest     = 2 * time.Second
	maxAnswer       = 64 << 20
)

// Call is one request to the cluster, its repeats included, for metrics.
type Call struct {
	Op      string // "search", "write", "admin"
	Outcome string // "ok", "refused", "unavailable", "resting" while the breaker is open, "left" when nobody waited
	Took    time.Duration
}

// wire carries requests to the cluster's nodes in turn.
type wire struct {
	client  *sdk.Client
	http    *http.Transport
	breaker circuitbreaker.CircuitBreaker[any]
	policy  failsafe.Executor[any]
	observe func(Call)
}

func newWire(c Config, observe func(Call)) (*wire, error) {
	password, err := c.password()
	if err != nil {
		return nil, err
	}
	roots, err := c.authorities()
	if err != nil {
		return nil, err
	}
	w := &wire{observe: observe, http: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	// Repeats are ours: the client's own would send an empty body after a connection that ends early.
	w.client, err = sdk.NewClient(sdk.Config{Addresses: c.urls(), Username: c.User, Password: password, Transport: bounded{w.http, c.User, c.Held}, DisableRetry: true})
	if err != nil {
		return nil, fmt.Errorf("opensearch.url: %w", err)
	}
	w.breaker = circuitbreaker.NewBuilder[any]().HandleIf(func(_ any, err error) bool { return sick(err) }).
		WithFailureThreshold(breakerFailures).WithDelay(cmp.Or(c.rest, breakerRest)).Build()
	retry := retrypolicy.NewBuilder[any]().HandleIf(func(_ any, err error) bool { return sick(err) }).AbortOnErrors(circuitbreaker.ErrOpen).
		WithMaxRetries(retries).WithBackoff(retryFirst, retryLongest).WithJitterFactor(0.3).ReturnLastFailure().Build()
	w.policy = failsafe.With[any](retry, w.breaker)
	return w, nil
}

// bounded reads no answer without end, and hides from the client which errors
// it would repeat by itself.
type bounded struct {
	next http.RoundTripper
	user string
	held *held.Secret // the password as it is now; nil if it does not change
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.held != nil {
		r = r.Clone(r.Context())
		r.SetBasicAuth(b.user, b.held.Get())
	}
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Host, err)
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxAnswer), res.Body}
	return res, nil
}

// busy is an answer that says more about the cluster than about the request:
// the same may succeed later.
type busy struct{ cause error }

func (b busy) Error() string { return b.cause.Error() }
func (b busy) Unwrap() error { return b.cause }

// sick reports whether err speaks against the cluster. A shopper who leaves
// does not.
func sick(err error) bool {
	_, is := errors.AsType[busy](err)
	return is
}

// errSlow is why a search ends that takes too long for our own patience.
var errSlow = errors.New("the search took too long")

// left reports whether whoever asked does not wait any more.
func left(ctx context.Context) bool { return ctx.Err() != nil && context.Cause(ctx) != errSlow }

// refusal is an answer that the same request would get again.
type refusal struct {
	status       int
	kind, reason string
}

func (r refusal) Error() string { return fmt.Sprintf("status %d, %s: %s", r.status, r.kind, r.reason) }

func refusedAs(err error, kind string) bool {
	r, ok := errors.AsType[refusal](err)
	return ok && r.kind == kind
}

func absent(err error) bool {
	r, ok := errors.AsType[refusal](err)
	return ok && r.status == http.StatusNotFound
}

// request is one thing to ask of the cluster. read looks at the answer; an
// error of it is a busy one or final.
type request struct {
	op, method, path string
	body             any // []byte, or what becomes JSON; nil for none
	within           time.Duration
	read             func(body []byte) error
}

// call sends r, again if the cluster is sick. The error is Unavailable with the
// code "search-unavailable" if that did not help.
func (w *wire) call(ctx context.Context, r request) error {
	began := time.Now()
	body, err := bodyOf(r.body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	whole, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	err = w.policy.WithContext(whole).Run(func() error {
		// One node that hangs must not take all the time that there is.
		one, cancel := context.WithTimeout(whole, max(r.within/2, 5*time.Millisecond))
		defer cancel()
		err := w.once(one, r, body)
		if err != nil && left(ctx) {
			return ctx.Err()
		}
		return err
	})
	call := Call{Op: r.op, Outcome: "ok", Took: time.Since(began)}
	switch {
	case err == nil:
	case left(ctx):
		call.Outcome, err = "left", ctx.Err()
	case errors.Is(err, circuitbreaker.ErrOpen):
		call.Outcome = "resting"
	case sick(err), whole.Err() != nil:
		call.Outcome = "unavailable"
	default:
		call.Outcome = "refused"
	}
	w.observe(call)
	telemetry.Past(ctx, "opensearch", r.op, call.Took, err)
	if call.Outcome == "resting" || call.Outcome == "unavailable" {
		return unavailable(fmt.Errorf("opensearch %s %s: %w", r.method, r.path, err))
	}
	if err != nil {
		return fmt.Errorf("opensearch %s %s: %w", r.method, r.path, err)
	}
	return nil
}

func unavailable(cause error) error {
	return fault.New(fault.Unavailable, "search-unavailable", "Search is not available at the moment.").Because(cause)
}

func bodyOf(v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []byte:
		return v, nil
	}
	return json.Marshal(v)
}

// once sends r a single time.
func (w *wire) once(ctx context.Context, r request, body []byte) error {
	var send io.Reader
	if body != nil {
		send = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.path, send)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := w.client.Perform(req)
	if err != nil {
		return busy{err}
	}
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return busy{err}
	}
	if res.StatusCode >= 300 {
		return failure(res.StatusCode, got)
	}
	if !json.Valid(got) {
		return busy{fmt.Errorf("the answer is not JSON: %.60q", got)}
	}
	if r.read == nil {
		return nil
	}
	return r.read(got)
}

// failure tells answers that may be better later from refusals.
func failure(status int, body []byte) error {
	var in struct {
		Error json.RawMessage `json:"error"`
	}
	var cause struct {
		Type, Reason string
		Root         []struct{ Type, Reason string } `json:"root_cause"`
	}
	if json.Unmarshal(body, &in) == nil {
		json.Unmarshal(in.Error, &cause) // a plain text leaves it empty
	}
	if len(cause.Root) > 0 && cause.Root[0].Reason != cause.Reason {
		cause.Reason += ", because of " + cause.Root[0].Type + ": " + cause.Root[0].Reason
	}
	err := refusal{status, cause.Type, cause.Reason}
	if status == http.StatusTooManyRequests || status >= 500 || status == http.StatusRequestTimeout || passing(cause.Type) {
		return busy{err}
	}
	return err
}

// passing reports whether a kind of error belongs to an index that is being
// exchanged for another one.
func passing(kind string) bool {
	return kind == "cluster_block_exception" || kind == "shard_not_found_exception" || kind == "no_shard_available_action_exception"
}

// into reads an answer into v.
func into(v any) func([]byte) error {
	return func(body []byte) error {
		if err := json.Unmarshal(body, v); err != nil {
			return busy{fmt.Errorf("read the answer: %w", err)}
		}
		return nil
	}
}
