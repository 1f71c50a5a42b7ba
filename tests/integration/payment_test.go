package integration

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/app"
)

// approve answers the provider's step-up page as a shopper would.
func (s *shop) approve(t testing.TB, page, choice string) {
	t.Helper()
	resp, err := http.PostForm(page, url.Values{"answer": {choice}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 400 {
		t.Fatalf("the step-up page answers %d", resp.StatusCode)
	}
}

func TestEveryWayToPayEndsWithOneCharge(t *testing.T) {
	s := openShop(t, func(c *app.Config) {
		c.Sandbox.Delay, c.Sandbox.Timeout, c.ReconcileAge = 50*time.Millisecond, 300*time.Millisecond, 100*time.Millisecond
	})
	tests := map[string]func(t *testing.T, o orderAnswer){
		"at once": func(t *testing.T, o orderAnswer) { s.pays(t, o, "tok_ok", 200, "") },
		"declined, then another card": func(t *testing.T, o orderAnswer) {
			s.pays(t, o, "tok_declined", 402, "payment-declined")
			s.pays(t, o, "tok_insufficient", 402, "payment-declined")
			s.pays(t, o, "tok_ok", 200, "")
		},
		"no such card, then another": func(t *testing.T, o orderAnswer) {
			a := s.payment(t, o, "tok_nonsense")
			if a.status != 402 || strings.Contains(string(a.body), "status 402") || strings.Contains(string(a.body), "invalid-method") {
				t.Errorf("a card that does not exist = %d %s; the provider's own words are not for shoppers", a.status, a.body)
			}
			s.pays(t, o, "tok_ok", 200, "")
		},
		"after a step-up": func(t *testing.T, o orderAnswer) {
			var out orderAnswer
			s.payment(t, o, "tok_step_up").into(t, &out)
			if out.Status != "placed" || out.Payment.Attempt != "requires_action" || out.Payment.ActionURL == "" {
				t.Fatalf("step-up = %+v", out)
			}
			s.approve(t, out.Payment.ActionURL, "approve")
		},
		"a step-up that is declined, then another card": func(t *testing.T, o orderAnswer) {
			var out orderAnswer
			s.payment(t, o, "tok_step_up").into(t, &out)
			s.pays(t, o, "tok_ok", 409, "payment-in-progress")
			s.approve(t, out.Payment.ActionURL, "decline")
			eventually(t, "the attempt is declined", func() bool { return s.look(t, o).Payment.Attempt == "declined" })
			s.pays(t, o, "tok_ok", 200, "")
		},
		"later":                    func(t *testing.T, o orderAnswer) { s.pays(t, o, "tok_delayed", 200, "") },
		"authorised, then taken":   func(t *testing.T, o orderAnswer) { s.pays(t, o, "tok_authorise_only", 200, "") },
		"told twice":               func(t *testing.T, o orderAnswer) { s.pays(t, o, "tok_webhook_twice", 200, "") },
		"told in the wrong order":  func(t *testing.T, o orderAnswer) { s.pays(t, o, "tok_webhook_out_of_order", 200, "") },
		"told late":                func(t *testing.T, o orderAnswer) { s.pays(t, o, "tok_webhook_late", 200, "") },
		"never told":               func(t *testing.T, o orderAnswer) { s.pays(t, o, "tok_no_webhook", 200, "") },
		"the provider fails once":  func(t *testing.T, o orderAnswer) { s.pays(t, o, "tok_error", 200, "") },
		"lost answer, asked again": func(t *testing.T, o orderAnswer) { s.insists(t, o, "tok_timeout") },
		"lost request, asked again": func(t *testing.T, o orderAnswer) {
			s.insists(t, o, "tok_timeout_before")
		},
		"twenty equal requests": func(t *testing.T, o orderAnswer) {
			var all sync.WaitGroup
			answers := make([]answer, 20)
			for i := range answers {
				all.Go(func() { answers[i] = s.payment(t, o, "tok_ok", "Idempotency-Key", "pay-"+o.ID) })
			}
			all.Wait()
			for i, a := range answers {
				if a.status != 200 || string(a.body) != string(answers[0].body) {
					t.Errorf("answer %d = %d %s\nanswer 0 = %s", i, a.status, a.body, answers[0].body)
				}
			}
		},
	}
	for name, pay := range tests {
		t.Run(name, func(t *testing.T) {
			o := s.placed(t, "MU01-ALMA-RUST")
			pay(t, o)
			s.becomes(t, o, "paid")
			if times, minor, refunded := s.taken(t, o); times != 1 || minor != o.Total || refunded != 0 {
				t.Errorf("the provider took %d in %d charges and gave back %d, want %d in one", minor, times, refunded, o.Total)
			}
			s.pays(t, o, "tok_declined", 409, "order-already-paid")
		})
	}
	eventually(t, "each paid order has one confirmation", func() bool { _, n := s.mails(t); return n == len(tests) })
}

// pays makes a payment and checks the answer.
func (s *shop) pays(t *testing.T, o orderAnswer, method string, status int, code string) {
	t.Helper()
	if a := s.payment(t, o, method); a.status != status || a.code() != code {
		t.Errorf("pay with %s = %d %s, want %d %s", method, a.status, a.body, status, code)
	}
}

// insists asks again with the same method until the provider answers in time.
func (s *shop) insists(t *testing.T, o orderAnswer, method string) {
	t.Helper()
	eventually(t, "the payment goes through", func() bool {
		a := s.payment(t, o, method)
		if a.status != 200 && a.code() != "payment-outcome-unknown" {
			t.Errorf("pay with %s = %d %s", method, a.status, a.body)
		}
		return a.status == 200
	})
}

func TestMoneyThatComesAfterTheOrderHasEndedGoesBack(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Sandbox.Delay = time.Hour })
	o := s.placed(t, "MU01-ALMA-SAND")
	s.pays(t, o, "tok_delayed", 200, "")
	_, charge := s.charge(t, o)
	if _, err := s.pay.Settle(t.Context(), charge); err != nil {
		t.Fatal(err)
	}
	// Whoever moves the order first has won; either way nothing is kept without an order.
	s.ask(t, "POST", "/v1/orders/"+o.ID+"/cancel", "", "Order-Token", o.Token)
	eventually(t, "order and money agree", func() bool {
		_, captured, refunded := s.taken(t, o)
		return s.look(t, o).Status == "paid" && refunded == 0 || captured == refunded
	})
}

func TestNoticesThatComeTwiceLateOrBackwardsChangeNothing(t *testing.T) {
	s := openShop(t, nil)
	o := s.placed(t, "MU01-ALMA-SAND")
	s.pays(t, o, "tok_ok", 200, "")
	reference, charge := s.charge(t, o)
	event := func(id string, status sandboxpay.Status) sandboxpay.Event {
		return sandboxpay.Event{ID: id, Type: "charge." + string(status), Created: time.Now().Unix(),
			Charge: sandboxpay.Charge{ID: charge, Reference: reference, Status: status, Amount: o.Total, Currency: "EUR"}}
	}
	for _, e := range []sandboxpay.Event{event("evt_1", sandboxpay.Captured), event("evt_1", sandboxpay.Captured), event("evt_2", sandboxpay.Pending), event("evt_3", sandboxpay.Declined)} {
		if a := s.notice(t, e); a.status != 204 {
			t.Errorf("notice %s %s = %d %s", e.ID, e.Type, a.status, a.body)
		}
	}
	if got := s.look(t, o); got.Status != "paid" || got.Payment.Attempt != "captured" {
		t.Errorf("after stale notices the order is %s, its attempt %s", got.Status, got.Payment.Attempt)
	}
	if times, _, _ := s.taken(t, o); times != 1 {
		t.Errorf("money moved %d times", times)
	}
}

func TestNoticesThatAreNotTheProvidersAreRefused(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Sandbox.Delay = time.Hour })
	o := s.placed(t, "MU01-ALMA-SAND")
	s.pays(t, o, "tok_delayed", 200, "")
	reference, charge := s.charge(t, o)
	body := `{"id":"evt_9","type":"charge.captured","created":1,"charge":{"id":"` + charge + `","reference":"` + reference + `","status":"captured","amount":2580,"currency":"EUR","captured":2580}}`
	for name, tc := range map[string]struct {
		provider, signature, body string
		status                    int
		code                      string
	}{
		"without a signature":   {"sandboxpay", "", body, 401, "bad-signature"},
		"of another secret":     {"sandboxpay", sandboxpay.Sign("whsec_other", []byte(body), time.Now()), body, 401, "bad-signature"},
		"of another body":       {"sandboxpay", sign([]byte(body + " ")), body, 401, "bad-signature"},
		"signed an hour ago":    {"sandboxpay", sandboxpay.Sign(hookSigns, []byte(body), time.Now().Add(-time.Hour)), body, 401, "bad-signature"},
		"signed for tomorrow":   {"sandboxpay", sandboxpay.Sign(hookSigns, []byte(body), time.Now().Add(24*time.Hour)), body, 401, "bad-signature"},
		"for another provider":  {"stripe", sign([]byte(body)), body, 404, "unknown-provider"},
		"that is not JSON":      {"sandboxpay", sign([]byte("{")), "{", 400, "bad-notice"},
		"about nothing of ours": {"sandboxpay", sign([]byte(strings.Replace(body, reference, "x", 1))), strings.Replace(body, reference, "x", 1), 404, "payment-not-found"},
		"of another amount":     {"sandboxpay", sign([]byte(strings.ReplaceAll(body, "2580", "1"))), strings.ReplaceAll(body, "2580", "1"), 409, "payment-amount-differs"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.ask(t, "POST", "/v1/webhooks/"+tc.provider, tc.body, sandboxpay.SignatureHeader, tc.signature, clumsy, "yes")
			if a.status != tc.status || a.code() != tc.code {
				t.Errorf("= %d %s, want %d %s", a.status, a.body, tc.status, tc.code)
			}
		})
	}
	if got := s.look(t, o); got.Status != "placed" {
		t.Errorf("after forged notices the order is %s", got.Status)
	}
	if _, err := s.pay.Cancel(context.Background(), "end", charge); err != nil {
		t.Fatal(err)
	}
}
