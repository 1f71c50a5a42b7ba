package storetest

import (
	"context"
	"sync"
	"time"

	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/verify"
)

// provider is the outside world: a payment provider that keeps its own book.
type provider struct {
	mu      sync.Mutex
	charges map[string]*charge // by key
	byRef   map[string]*charge
	refuses bool // refunds
}

type charge struct {
	state   payment.State
	taken   int
	kept    int64
	refunds map[string]bool // keys of those that were made
}

func newProvider() *provider {
	return &provider{charges: map[string]*charge{}, byRef: map[string]*charge{}}
}

func (p *provider) Name() string { return "fake" }

// Charge captures "ok", leaves "pending" pending and declines anything else.
func (p *provider) Charge(_ context.Context, in payment.Charge) (payment.State, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.charges[in.Key]; ok {
		return c.state, nil
	}
	c := &charge{refunds: map[string]bool{}, state: payment.State{Ref: "ch-" + in.Key, Reference: in.Reference, Amount: in.Amount, Status: payment.Declined, Reason: "No."}}
	switch in.Method {
	case "ok":
		c.take()
	case "pending":
		c.state.Status, c.state.Reason = payment.Pending, ""
	}
	p.charges[in.Key], p.byRef[c.state.Ref] = c, c
	return c.state, nil
}

func (c *charge) take() {
	c.state.Status, c.state.Reason = payment.AttemptCaptured, ""
	c.taken++
	c.kept += c.state.Amount.Minor
}

// confirm is what happens at the provider when a pending charge succeeds.
func (p *provider) confirm(key string) (payment.State, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.charges[key]
	if !ok || c.state.Status != payment.Pending {
		return payment.State{}, false
	}
	c.take()
	return c.state, true
}

func (p *provider) Capture(_ context.Context, _, ref string, _ money.Amount) (payment.State, error) {
	return p.change(ref, func(c *charge) {
		if c.state.Status == payment.Authorised {
			c.take()
		}
	})
}

func (p *provider) Cancel(_ context.Context, _, ref string) (payment.State, error) {
	return p.change(ref, func(c *charge) {
		if c.state.Status.Open() {
			c.state.Status = payment.AttemptVoid
		}
	})
}

func (p *provider) Refund(_ context.Context, key, ref string, amount money.Amount) (string, error) {
	if p.refuses {
		return "", fault.New(fault.Conflict, "payment-refused", "Not today.")
	}
	_, err := p.change(ref, func(c *charge) {
		if c.state.Status == payment.AttemptCaptured && !c.refunds[key] && amount.Minor <= c.kept {
			c.refunds[key] = true
			if c.kept -= amount.Minor; c.kept == 0 {
				c.state.Status = payment.AttemptRefunded
			}
		}
	})
	return "re-" + key, err
}

func (p *provider) change(ref string, fn func(*charge)) (payment.State, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.byRef[ref]
	if !ok {
		return payment.State{}, fault.New(fault.NotFound, "payment-refused", "There is no charge %s.", ref)
	}
	fn(c)
	return c.state, nil
}

func (p *provider) Find(_ context.Context, key string) (payment.State, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.charges[key]
	if !ok {
		return payment.State{}, false, nil
	}
	return c.state, true, nil
}

func (p *provider) Notice(map[string]string, []byte, time.Time) (payment.Notice, error) {
	return payment.Notice{}, fault.New(fault.Invalid, "bad-notice", "This provider is asked in memory.")
}

func (p *provider) book() map[string]verify.Taken {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]verify.Taken{}
	for _, c := range p.charges {
		t := out[c.state.Reference]
		t.Times += c.taken
		t.Kept += c.kept
		out[c.state.Reference] = t
	}
	return out
}
