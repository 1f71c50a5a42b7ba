package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"tradewind/internal/adapter/paylink"
	"tradewind/internal/domain/payment"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/platform/token"
)

// provider starts our own sandbox provider or finds the one elsewhere. Only the
// payment service has it; the worker asks that service, and nobody else needs one.
func (a *App) provider(roles targets, tokens token.Maker) (payment.Provider, error) {
	secret := tokens.Token("service", "payment")
	if !roles.has(httpapi.Payment) {
		// The service is patient with the provider for as long as its own time-out.
		return paylink.NewClient(a.config.PaymentURL, secret, a.config.Sandbox.Timeout+5*time.Second), nil
	}
	c := a.config.Sandbox.WithSecrets()
	if a.ProviderURL = c.URL; c.Own() {
		own, err := c.Listen(a.URL + "/v1/webhooks/sandboxpay")
		if err != nil {
			return nil, err
		}
		a.closers = append(a.closers, own.Close)
		a.ProviderURL = own.URL
	}
	provider := c.Client(a.ProviderURL)
	if a.config.PaymentAddr == "" {
		return provider, nil
	}
	listener, err := net.Listen("tcp", a.config.PaymentAddr)
	if err != nil {
		return nil, fmt.Errorf("payment.service-addr: %w", err)
	}
	a.PaymentURL = "http://" + listener.Addr().String()
	link := &http.Server{Handler: paylink.Handler(provider, secret, a.log), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := link.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("the other services are not answered any more", "err", err)
		}
	}()
	a.closers = append(a.closers, func() error {
		grace, cancel := context.WithTimeout(context.Background(), a.config.Grace)
		defer cancel()
		return link.Shutdown(grace)
	})
	return provider, nil
}
