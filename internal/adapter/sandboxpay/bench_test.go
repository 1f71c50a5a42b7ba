package sandboxpay_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/domain/payment"
)

// BenchmarkChargeHandler is the provider's own work for a tok_ok charge with a
// journal, without the network and without webhooks.
func BenchmarkChargeHandler(b *testing.B) {
	s, err := sandboxpay.New(sandboxpay.Options{Key: "key", Journal: filepath.Join(b.TempDir(), "journal")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := httptest.NewRequest("POST", "/v1/charges", strings.NewReader(`{"amount":1999,"currency":"EUR","reference":"pay_01JA2B3C4D5E6F7G8H9J","method":"tok_ok","capture":true,"return_url":"https://shop.example/orders/1"}`))
		r.Header.Set("Authorization", "Bearer key")
		r.Header.Set("Idempotency-Key", "pay_01JA2B3C4D5E6F7G8H9J-"+strconv.Itoa(i))
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkCharge is client and provider together over loopback, with journal
// and webhooks, from several shoppers at once.
func BenchmarkCharge(b *testing.B) {
	hooks := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer hooks.Close()
	cfg := sandboxpay.Config{Addr: "127.0.0.1:0", Timeout: 10 * time.Second, Journal: filepath.Join(b.TempDir(), "journal")}.WithSecrets()
	own, err := cfg.Listen(hooks.URL)
	if err != nil {
		b.Fatal(err)
	}
	defer own.Close()
	c := cfg.Client(own.URL)
	b.ReportAllocs()
	b.SetParallelism(8)
	ids := make(chan int, 64)
	go func() {
		for i := 0; ; i++ {
			select {
			case ids <- i:
			case <-b.Context().Done():
				return
			}
		}
	}()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := strconv.Itoa(<-ids)
			if _, err := c.Charge(b.Context(), payment.Charge{Key: key, Reference: key, Amount: eur1999, Method: "tok_ok", Capture: true}); err != nil {
				b.Error(err)
			}
		}
	})
}
