package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"tradewind/internal/app"
)

func serve(ctx context.Context, args []string) error {
	c, rest, err := load(ctx, "serve", args, nil)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("serve takes flags only, not %q", rest[0])
	}
	return app.Run(ctx, c, os.Stderr, nil)
}

func printConfig(_ context.Context, args []string) error {
	_, fs, err := app.Load("config", args, os.Environ(), nil)
	if err != nil {
		return err
	}
	return app.Print(os.Stdout, fs)
}

func runSandbox(ctx context.Context, args []string) error {
	var webhook string
	c, _, err := load(ctx, "sandboxpay", args, func(fs *flag.FlagSet) {
		fs.StringVar(&webhook, "webhook", "http://localhost:8080/v1/webhooks/sandboxpay", "where the provider sends its notices")
	})
	if err != nil {
		return err
	}
	if c.Sandbox.Key == "" || c.Sandbox.WebhookSecret == "" {
		return fmt.Errorf("a provider of its own needs %s and %s, the same as the shop's", app.EnvName("sandboxpay.key"), app.EnvName("sandboxpay.webhook-secret"))
	}
	if c.Sandbox.Journal != "" {
		if err := os.MkdirAll(filepath.Dir(c.Sandbox.Journal), 0o700); err != nil {
			return fmt.Errorf("sandboxpay.journal: %w", err)
		}
	}
	own, err := c.Sandbox.Listen(webhook)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "sandbox payment provider at", own.URL)
	<-ctx.Done()
	return own.Close()
}
