package sandboxpay

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/caller"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Client is the payment.Provider that talks to a Server. It is safe for
// concurrent use.
type Client struct {
	key, secret string
	caller      *caller.Caller
}

var _ payment.Provider = (*Client)(nil)

// NewClient makes a client of the provider at base, such as
// "http://127.0.0.1:8090". timeout bounds one call, its retries included.
func NewClient(base, key, webhookSecret string, timeout time.Duration) *Client {
	return &Client{key: key, secret: webhookSecret, caller: caller.New(base, timeout)}
}

// Name implements payment.Provider.
func (c *Client) Name() string { return "sandboxpay" }

// Charge implements payment.Provider.
func (c *Client) Charge(ctx context.Context, in payment.Charge) (payment.State, error) {
	return c.state(ctx, "charge "+in.Key, http.MethodPost, "/v1/charges", in.Key, ChargeRequest{
		Amount: in.Amount.Minor, Currency: in.Amount.Currency, Reference: in.Reference,
		Method: in.Method, Capture: in.Capture, ReturnURL: in.ReturnURL})
}

// Capture implements payment.Provider.
func (c *Client) Capture(ctx context.Context, key, ref string, amount money.Amount) (payment.State, error) {
	return c.state(ctx, "capture "+ref, http.MethodPost, chargePath(ref)+"/capture", key, amountRequest{amount.Minor, amount.Currency})
}

// Cancel implements payment.Provider.
func (c *Client) Cancel(ctx context.Context, key, ref string) (payment.State, error) {
	return c.state(ctx, "cancel "+ref, http.MethodPost, chargePath(ref)+"/cancel", key, struct{}{})
}

// Refund implements payment.Provider.
func (c *Client) Refund(ctx context.Context, key, ref string, amount money.Amount) (string, error) {
	var out Refund
	err := c.call(ctx, "refund "+ref, http.MethodPost, chargePath(ref)+"/refunds", key, amountRequest{amount.Minor, amount.Currency}, &out)
	return out.ID, err
}

// Find implements payment.Provider.
func (c *Client) Find(ctx context.Context, key string) (payment.State, bool, error) {
	st, err := c.state(ctx, "find "+key, http.MethodGet, "/v1/charges?key="+url.QueryEscape(key), "", nil)
	if fault.Code(err) == codeRefused && fault.KindOf(err) == fault.NotFound {
		return payment.State{}, false, nil
	}
	return st, err == nil, err
}

// Settle captures a pending charge now; only a sandbox can do that.
func (c *Client) Settle(ctx context.Context, ref string) (payment.State, error) {
	return c.state(ctx, "settle "+ref, http.MethodPost, chargePath(ref)+"/settle", "settle", struct{}{})
}

// Book reads the provider's ledger of one reference, or of all with "".
func (c *Client) Book(ctx context.Context, reference string) (Book, error) {
	var out Book
	err := c.call(ctx, "read the book", http.MethodGet, "/v1/book?reference="+url.QueryEscape(reference), "", nil, &out)
	return out, err
}

func chargePath(ref string) string { return "/v1/charges/" + url.PathEscape(ref) }

func (c *Client) state(ctx context.Context, what, method, path, key string, in any) (payment.State, error) {
	var out Charge
	if err := c.call(ctx, what, method, path, key, in, &out); err != nil {
		return payment.State{}, err
	}
	st, err := stateOf(out)
	if err != nil {
		return payment.State{}, unknown(fmt.Errorf("%s: %w", what, err))
	}
	return st, nil
}

// call sends a request, again if the provider is sick, and reads the answer
// into out. what names the call for the log.
func (c *Client) call(ctx context.Context, what, method, path, key string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	header := http.Header{"Authorization": {"Bearer " + c.key}}
	if body != nil {
		header.Set("Content-Type", "application/json")
		header.Set("Idempotency-Key", key)
	}
	got, err := c.caller.Call(ctx, method, path, header, body)
	switch {
	case err != nil:
		return unknown(fmt.Errorf("%s: %w", what, err))
	case got.Status/100 == 2:
		if err := json.Unmarshal(got.Body, out); err != nil {
			return unknown(fmt.Errorf("%s: read answer: %w", what, err))
		}
		return nil
	}
	return refusalOf(what, got)
}

// The codes of the port's errors.
const (
	codeUnavailable = "payment-provider-unavailable"
	codeRefused     = "payment-refused"
	codeMethod      = "payment-method-invalid"
)

// unknown is an error after which nobody can say what happened.
func unknown(cause error) error {
	return fault.New(fault.Unavailable, codeUnavailable, "The payment provider cannot be reached at the moment.").Because(cause)
}

// refusalOf turns an answer that is not a success into an error of the port.
// A key that is not accepted is an outage to shoppers, not their mistake.
func refusalOf(what string, r *caller.Reply) error {
	var body errorBody
	if err := json.Unmarshal(r.Body, &body); err != nil || body.Error == nil {
		return unknown(fmt.Errorf("%s: status %d without an error", what, r.Status))
	}
	cause := fmt.Errorf("%s: status %d: %w", what, r.Status, body.Error)
	switch {
	case r.Status == http.StatusUnauthorized:
		return unknown(fmt.Errorf("the provider does not accept sandboxpay.key: %w", cause))
	case r.Status < 400 || r.Status >= 500 || r.Status == http.StatusTooManyRequests:
		return unknown(cause)
	case r.Status == http.StatusPaymentRequired:
		return fault.New(fault.Invalid, codeMethod, "The payment method cannot be used.").Because(cause)
	case r.Status == http.StatusNotFound:
		return fault.New(fault.NotFound, codeRefused, "The payment provider does not know the charge.").Because(cause)
	}
	return fault.New(fault.Conflict, codeRefused, "The payment provider refused: %s", body.Error.Message).Because(cause)
}

var statuses = map[Status]payment.AttemptStatus{
	RequiresAction: payment.RequiresAction, Pending: payment.Pending, Authorised: payment.Authorised,
	Captured: payment.AttemptCaptured, Declined: payment.Declined, Cancelled: payment.AttemptVoid, Refunded: payment.AttemptRefunded,
}

// stateOf translates a charge into the port's words.
func stateOf(c Charge) (payment.State, error) {
	status, ok := statuses[c.Status]
	if !ok || c.ID == "" || c.Amount <= 0 || !money.Known(c.Currency) {
		return payment.State{}, fmt.Errorf("charge %q makes no sense: status %q, %d %q", c.ID, c.Status, c.Amount, c.Currency)
	}
	st := payment.State{Ref: c.ID, Reference: c.Reference, Status: status, Amount: money.Of(c.Amount, c.Currency), Reason: c.Reason, ActionURL: c.ActionURL}
	if c.Captured > 0 {
		st.Amount.Minor = c.Captured
	}
	return st, nil
}
