package paylink

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"tradewind/internal/domain/payment"
)

// mostBody bounds a request: a notice and what surrounds it.
const mostBody = 1 << 20

// Handler answers the other services with what provider says. secret is the
// bearer token that they must show.
func Handler(provider payment.Provider, secret string, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	for name, do := range map[string]func(ctx context.Context, in call) (answer, error){
		"charge": func(ctx context.Context, in call) (out answer, err error) {
			if in.Charge == nil {
				return out, errors.New("a charge is missing")
			}
			out.State, err = provider.Charge(ctx, *in.Charge)
			return out, err
		},
		"capture": func(ctx context.Context, in call) (out answer, err error) {
			if in.Amount == nil {
				return out, errors.New("an amount is missing")
			}
			out.State, err = provider.Capture(ctx, in.Key, in.Ref, *in.Amount)
			return out, err
		},
		"cancel": func(ctx context.Context, in call) (out answer, err error) {
			out.State, err = provider.Cancel(ctx, in.Key, in.Ref)
			return out, err
		},
		"refund": func(ctx context.Context, in call) (out answer, err error) {
			if in.Amount == nil {
				return out, errors.New("an amount is missing")
			}
			out.Ref, err = provider.Refund(ctx, in.Key, in.Ref, *in.Amount)
			return out, err
		},
		"find": func(ctx context.Context, in call) (out answer, err error) {
			out.State, out.Found, err = provider.Find(ctx, in.Key)
			return out, err
		},
		"notice": func(_ context.Context, in call) (out answer, err error) {
			n, err := provider.Notice(in.Header, in.Body, in.Now)
			out.Notice = &n
			return out, err
		},
	} {
		mux.HandleFunc("POST "+path+name, func(w http.ResponseWriter, r *http.Request) {
			var in call
			if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody)).Decode(&in); err != nil {
				http.Error(w, "the body is no call", http.StatusBadRequest)
				return
			}
			out, err := do(r.Context(), in)
			status := http.StatusOK
			if err != nil {
				log.WarnContext(r.Context(), "call for another service failed", "call", name, "err", err)
				// Not a 5xx: this service is well, and has been patient with the provider.
				out, status = answer{Error: failureOf(err)}, http.StatusConflict
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(out) // whoever asked has gone
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(nameHeader, provider.Name())
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+secret)) != 1 {
			http.Error(w, "this is for the shop's own services", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
