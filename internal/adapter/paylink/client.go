package paylink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/caller"
	"tradewind/internal/platform/money"
)

// Client is the payment.Provider of a service that has no keys. It is safe for
// concurrent use.
type Client struct {
	caller *caller.Caller
	header http.Header
	name   atomic.Pointer[string]
}

var _ payment.Provider = (*Client)(nil)

// NewClient makes a client of the payment service at base. timeout bounds one
// call; it should be above the service's own patience with the provider.
func NewClient(base, secret string, timeout time.Duration) *Client {
	return &Client{caller: caller.New(base, timeout), header: http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/json"}}}
}

// Name implements payment.Provider. Until the service has answered once it is "payment".
func (c *Client) Name() string {
	if name := c.name.Load(); name != nil {
		return *name
	}
	return "payment"
}

// Charge implements payment.Provider.
func (c *Client) Charge(ctx context.Context, in payment.Charge) (payment.State, error) {
	out, err := c.call(ctx, "charge", call{Charge: &in})
	return out.State, err
}

// Capture implements payment.Provider.
func (c *Client) Capture(ctx context.Context, key, ref string, amount money.Amount) (payment.State, error) {
	out, err := c.call(ctx, "capture", call{Key: key, Ref: ref, Amount: &amount})
	return out.State, err
}

// Cancel implements payment.Provider.
func (c *Client) Cancel(ctx context.Context, key, ref string) (payment.State, error) {
	out, err := c.call(ctx, "cancel", call{Key: key, Ref: ref})
	return out.State, err
}

// Refund implements payment.Provider.
func (c *Client) Refund(ctx context.Context, key, ref string, amount money.Amount) (string, error) {
	out, err := c.call(ctx, "refund", call{Key: key, Ref: ref, Amount: &amount})
	return out.Ref, err
}

// Find implements payment.Provider.
func (c *Client) Find(ctx context.Context, key string) (payment.State, bool, error) {
	out, err := c.call(ctx, "find", call{Key: key})
	return out.State, out.Found, err
}

// Notice implements payment.Provider: the service has the key to check it with.
func (c *Client) Notice(header map[string]string, body []byte, now time.Time) (payment.Notice, error) {
	out, err := c.call(context.Background(), "notice", call{Header: header, Body: body, Now: now})
	if err != nil || out.Notice == nil {
		return payment.Notice{}, err
	}
	return *out.Notice, nil
}

func (c *Client) call(ctx context.Context, name string, in call) (out answer, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, fmt.Errorf("ask the payment service to %s: %w", name, err)
	}
	got, err := c.caller.Call(ctx, http.MethodPost, path+name, c.header, body)
	if err != nil {
		return out, unknown(fmt.Errorf("ask the payment service to %s: %w", name, err))
	}
	if name := got.Header.Get(nameHeader); name != "" {
		c.name.Store(&name)
	}
	if got.Status == http.StatusUnauthorized {
		return out, unknown(errors.New("the payment service does not accept this one: token.secret must be the same for both"))
	}
	if err := json.Unmarshal(got.Body, &out); err != nil || got.Status != http.StatusOK && out.Error == nil {
		return answer{}, unknown(fmt.Errorf("the payment service answers %d, %.100q", got.Status, got.Body))
	}
	if out.Error != nil {
		return answer{}, out.Error.fault()
	}
	return out, nil
}
