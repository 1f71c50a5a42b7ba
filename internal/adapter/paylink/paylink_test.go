package paylink_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/paylink"
	"tradewind/internal/adapter/providertest"
	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

const secret = "the services' own"

// serve offers a provider to other services and returns where.
func serve(t *testing.T, p payment.Provider) string {
	srv := httptest.NewServer(paylink.Handler(p, secret, slog.New(slog.DiscardHandler)))
	t.Cleanup(srv.Close)
	return srv.URL
}

// A provider behind the payment service keeps every promise of a provider.
func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		notices := make(chan providertest.Raw, 100)
		hooks := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			notices <- providertest.Raw{Header: map[string]string{"sandbox-signature": r.Header.Get(sandboxpay.SignatureHeader)}, Body: body}
		}))
		t.Cleanup(hooks.Close)
		c := sandboxpay.Config{Addr: "127.0.0.1:0", Timeout: 20 * time.Second, Delay: time.Hour}.WithSecrets()
		own, err := c.Listen(hooks.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { own.Close() })
		inner := c.Client(own.URL)
		return providertest.Fixture{
			Provider: paylink.NewClient(serve(t, inner), secret, 25*time.Second),
			Hasty:    paylink.NewClient(serve(t, sandboxpay.NewClient(own.URL, c.Key, c.WebhookSecret, 150*time.Millisecond)), secret, 5*time.Second),
			Notices:  notices,
			Methods: providertest.Methods{OK: "tok_ok", Declined: "tok_insufficient", Unknown: "tok_none", StepUp: "tok_step_up",
				AuthoriseOnly: "tok_authorise_only", Pending: "tok_delayed", Slow: "tok_timeout", SlowBefore: "tok_timeout_before",
				FailsOnce: "tok_error", Twice: "tok_webhook_twice", OutOfOrder: "tok_webhook_out_of_order"},
			Answer: func(t *testing.T, actionURL string, approve bool) {
				choice := map[bool]string{true: "approve", false: "decline"}[approve]
				browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
				resp, err := browser.PostForm(actionURL, url.Values{"answer": {choice}})
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
			},
			Settle: func(t *testing.T, ref string) {
				if _, err := inner.Settle(t.Context(), ref); err != nil {
					t.Fatal(err)
				}
			},
			Taken: func(t *testing.T, reference string) (charges int, captured, refunded int64) {
				book, err := inner.Book(t.Context(), reference)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range book.References {
					charges, captured, refunded = charges+e.Taken, captured+e.Captured, refunded+e.Refunded
				}
				return charges, captured, refunded
			},
		}
	})
}

// provider fails in one way.
type provider struct {
	payment.Provider
	err error
}

func (p provider) Name() string { return "strict" }
func (p provider) Refund(context.Context, string, string, money.Amount) (string, error) {
	return "re_1", p.err
}

func TestErrorsKeepTheirMeaning(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		kind fault.Kind
		code string
	}{
		"refused":                 {fault.New(fault.Conflict, "payment-refused", "More than is left."), fault.Conflict, "payment-refused"},
		"outcome unknown":         {fault.New(fault.Unavailable, "payment-provider-unavailable", "Later."), fault.Unavailable, "payment-provider-unavailable"},
		"an error of no class":    {io.ErrUnexpectedEOF, fault.Unavailable, "payment-provider-unavailable"},
		"a kind the port has not": {fault.New(fault.TooLarge, "odd", "Odd."), fault.Unavailable, "payment-provider-unavailable"},
	} {
		client := paylink.NewClient(serve(t, provider{err: c.err}), secret, time.Second)
		_, err := client.Refund(t.Context(), "k", "r", money.Of(1, "EUR"))
		if fault.KindOf(err) != c.kind || fault.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if client.Name() != "strict" {
			t.Errorf("%s: the provider is called %q", name, client.Name())
		}
	}
}

func TestStrangersMoveNothing(t *testing.T) {
	base := serve(t, provider{})
	for name, auth := range map[string]string{"no token": "", "another's": "Bearer guess", "half of it": "Bearer " + secret[:5], "no scheme": secret} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", base+"/provider/refund", strings.NewReader(`{"key":"k","ref":"r","amount":{"minor":1,"currency":"EUR"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", auth)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		if resp.Body.Close(); resp.StatusCode != http.StatusUnauthorized || strings.Contains(string(body), "re_1") {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
	}
	if _, err := paylink.NewClient(base, "guess", time.Second).Refund(t.Context(), "k", "r", money.Of(1, "EUR")); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "token.secret") {
		t.Errorf("a service with another secret is told %v", err)
	}
}

// Whatever answers in place of the payment service, nobody thinks that nothing moved.
func TestNonsenseIsAnOutage(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a page":     func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<h1>Welcome</h1>") },
		"not found":  func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) },
		"no content": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"conflict": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusConflict)
			io.WriteString(w, "{}")
		},
		"bad gate": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
	} {
		srv := httptest.NewServer(answer)
		_, err := paylink.NewClient(srv.URL, secret, time.Second).Refund(t.Context(), "k", "r", money.Of(1, "EUR"))
		if srv.Close(); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBodiesThatAreNoCalls(t *testing.T) {
	base := serve(t, provider{})
	for name, body := range map[string]string{"nothing": "", "no json": "{", "no amount": "{}", "too large": `{"key":"` + strings.Repeat("x", 2<<20) + `"}`} {
		req, _ := http.NewRequestWithContext(t.Context(), "POST", base+"/provider/refund", strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+secret)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode/100 != 4 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
}
