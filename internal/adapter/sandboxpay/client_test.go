package sandboxpay_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"tradewind/internal/adapter/providertest"
	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

var eur1999 = money.Of(1999, "EUR")

// mailbox is the shop's webhook endpoint.
func mailbox(t *testing.T) (string, <-chan providertest.Raw) {
	got := make(chan providertest.Raw, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- providertest.Raw{Header: map[string]string{"sandbox-signature": r.Header.Get(sandboxpay.SignatureHeader)}, Body: body}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

func TestConformance(t *testing.T) {
	for name, journal := range map[string]bool{"in memory": false, "with journal": true} {
		t.Run(name, func(t *testing.T) {
			providertest.Run(t, func(t *testing.T) providertest.Fixture { return open(t, journal) })
		})
	}
}

func open(t *testing.T, journal bool) providertest.Fixture {
	hooks, notices := mailbox(t)
	cfg := sandboxpay.Config{Addr: "127.0.0.1:0", Timeout: 20 * time.Second, Delay: time.Hour}.WithSecrets()
	if journal {
		cfg.Journal = filepath.Join(t.TempDir(), "journal")
	}
	own, err := cfg.Listen(hooks)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Close(); err != nil {
			t.Error(err)
		}
	})
	client := cfg.Client(own.URL)
	return providertest.Fixture{
		Provider: client,
		Hasty:    sandboxpay.NewClient(own.URL, cfg.Key, cfg.WebhookSecret, 150*time.Millisecond),
		Notices:  notices,
		Methods: providertest.Methods{OK: "tok_ok", Declined: "tok_insufficient", Unknown: "tok_none", StepUp: "tok_step_up",
			AuthoriseOnly: "tok_authorise_only", Pending: "tok_delayed", Slow: "tok_timeout", SlowBefore: "tok_timeout_before",
			FailsOnce: "tok_error", Twice: "tok_webhook_twice", OutOfOrder: "tok_webhook_out_of_order"},
		Answer: answerStepUp,
		Settle: func(t *testing.T, ref string) {
			if _, err := client.Settle(t.Context(), ref); err != nil {
				t.Fatal(err)
			}
		},
		Taken: func(t *testing.T, reference string) (charges int, captured, refunded int64) {
			book, err := client.Book(t.Context(), reference)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range book.References {
				charges, captured, refunded = charges+e.Taken, captured+e.Captured, refunded+e.Refunded
			}
			return charges, captured, refunded
		},
	}
}

func answerStepUp(t *testing.T, actionURL string, approve bool) {
	choice := "decline"
	if approve {
		choice = "approve"
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.PostForm(actionURL, url.Values{"answer": {choice}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "https://shop.example/orders/1" {
		t.Errorf("step-up answers %s to %q, want a redirect to the shop", resp.Status, resp.Header.Get("Location"))
	}
}

// answers is a provider that gives each request the next of its answers.
func answers(t *testing.T, status ...int) (*sandboxpay.Client, *[]string) {
	var keys []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		code := status[min(len(keys), len(status))-1]
		w.WriteHeader(code)
		if code == http.StatusOK {
			_, _ = io.WriteString(w, `{"id":"ch_1","reference":"o1","status":"captured","amount":1999,"currency":"EUR","captured":1999}`)
		} else {
			_, _ = io.WriteString(w, `{"error":{"code":"x","message":"driver text"}}`)
		}
	}))
	t.Cleanup(srv.Close)
	return sandboxpay.NewClient(srv.URL, "k", "s", 20*time.Second), &keys
}

func TestClientAsksASickProviderAgainWithTheSameKey(t *testing.T) {
	c, keys := answers(t, 500, 429, 200)
	if st, err := c.Charge(t.Context(), payment.Charge{Key: "k1", Amount: eur1999}); err != nil || st.Ref != "ch_1" {
		t.Fatalf("Charge = %+v, %v", st, err)
	}
	if len(*keys) != 3 || (*keys)[0] != "k1" || (*keys)[2] != "k1" {
		t.Errorf("keys were %v, want k1 three times", *keys)
	}
}

func TestClientErrors(t *testing.T) {
	tests := map[string]struct {
		status int
		kind   fault.Kind
		code   string
		asked  int
	}{
		"outage":           {503, fault.Unavailable, "payment-provider-unavailable", 3},
		"key not accepted": {401, fault.Unavailable, "payment-provider-unavailable", 1},
		"refused":          {409, fault.Conflict, "payment-refused", 1},
		"unprocessable":    {422, fault.Conflict, "payment-refused", 1},
		"bad method":       {402, fault.Invalid, "payment-method-invalid", 1},
		"no such charge":   {404, fault.NotFound, "payment-refused", 1},
		"redirect":         {302, fault.Unavailable, "payment-provider-unavailable", 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c, keys := answers(t, tc.status)
			_, err := c.Charge(t.Context(), payment.Charge{Key: "k1", Amount: eur1999})
			if fault.KindOf(err) != tc.kind || fault.Code(err) != tc.code {
				t.Errorf("error is %v, want %s", err, tc.code)
			}
			if len(*keys) != tc.asked {
				t.Errorf("asked %d times, want %d", len(*keys), tc.asked)
			}
		})
	}
}

func TestClientLeavesADeadProviderAlone(t *testing.T) {
	c, keys := answers(t, 500)
	for range 10 {
		_, err := c.Capture(t.Context(), "k", "ch_1", eur1999)
		if fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("error is %v, want unavailable", err)
		}
	}
	if len(*keys) != 10 {
		t.Errorf("asked %d times, want 10: the breaker opens after ten failures in a row", len(*keys))
	}
}

func TestShopperWhoLeavesDoesNotOpenTheBreaker(t *testing.T) {
	c, keys := answers(t, 200)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 30 {
		if _, err := c.Charge(gone, payment.Charge{Key: "k1", Amount: eur1999}); !errors.Is(err, context.Canceled) {
			t.Fatalf("error is %v, want canceled", err)
		}
	}
	if _, err := c.Charge(t.Context(), payment.Charge{Key: "k1", Amount: eur1999}); err != nil || len(*keys) != 1 {
		t.Errorf("Charge: %v after %d requests, want one that works", err, len(*keys))
	}
}

func TestClientOfNobody(t *testing.T) {
	c := sandboxpay.NewClient("http://127.0.0.1:1", "k", "s", 20*time.Second)
	if _, _, err := c.Find(t.Context(), "k1"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Find without a provider: %v, want unavailable", err)
	}
}
