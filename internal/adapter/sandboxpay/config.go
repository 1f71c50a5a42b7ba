package sandboxpay

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Config says which sandbox provider to use: one of our own, listening at Addr,
// or the one at URL. Flags fills in the defaults.
type Config struct {
	Addr          string
	URL           string
	PublicURL     string
	Key           string
	WebhookSecret string
	Timeout       time.Duration
	Journal       string
	Delay         time.Duration
}

// Flags declares the settings. Key and webhook secret are secrets.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Addr, "sandboxpay.addr", "127.0.0.1:0", "where our own sandbox payment provider listens; port 0 takes any free one")
	fs.StringVar(&c.URL, "sandboxpay.url", "", "address of a sandbox payment provider elsewhere, such as http://pay:8090; empty runs our own")
	fs.StringVar(&c.PublicURL, "sandboxpay.public-url", "", "address under which shoppers reach the step-up pages of our own provider; empty uses where it listens")
	fs.StringVar(&c.Key, "sandboxpay.key", "", "API key of the provider (secret); empty makes a new one at each start of our own")
	fs.StringVar(&c.WebhookSecret, "sandboxpay.webhook-secret", "", "what the provider signs its webhooks with (secret); empty makes a new one at each start of our own")
	fs.DurationVar(&c.Timeout, "sandboxpay.timeout", 10*time.Second, "how long to wait for the provider, retries included")
	fs.StringVar(&c.Journal, "sandboxpay.journal", "", "file that keeps the charges of our own provider over a restart; empty keeps them in memory")
	fs.DurationVar(&c.Delay, "sandboxpay.delay", 5*time.Second, "how long our own provider takes to capture tok_delayed")
}

// Validate reports the first setting that cannot work and what would.
func (c Config) Validate() error {
	if c.Timeout < 100*time.Millisecond || c.Timeout > 5*time.Minute {
		return fmt.Errorf("sandboxpay.timeout is %v; use 100ms to 5m, such as 10s", c.Timeout)
	}
	if c.Delay < 0 {
		return fmt.Errorf("sandboxpay.delay is %v; use 0 or more, such as 5s", c.Delay)
	}
	if err := checkURL("sandboxpay.public-url", c.PublicURL); err != nil {
		return err
	}
	if c.URL != "" {
		if c.Key == "" || c.WebhookSecret == "" {
			return errors.New("sandboxpay.url is set, so sandboxpay.key and sandboxpay.webhook-secret must be those of that provider")
		}
		return checkURL("sandboxpay.url", c.URL)
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("sandboxpay.addr is %q; use host:port, such as 127.0.0.1:0: %w", c.Addr, err)
	}
	return nil
}

func checkURL(name, value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%s is %q; use an address such as http://127.0.0.1:8090", name, value)
	}
	return nil
}

// Own reports whether the provider is to run in this process.
func (c Config) Own() bool { return c.URL == "" }

// WithSecrets returns c with new secrets where none are set. Both sides must
// be made of the same result.
func (c Config) WithSecrets() Config {
	if c.Key == "" {
		c.Key = "sk_sandbox_" + rand.Text()
	}
	if c.WebhookSecret == "" {
		c.WebhookSecret = "whsec_" + rand.Text()
	}
	return c
}

// Client makes the client of the provider at base: c.URL, or where our own one
// listens.
func (c Config) Client(base string) *Client {
	return NewClient(base, c.Key, c.WebhookSecret, c.Timeout)
}

// Listening is a provider of our own that answers at URL.
type Listening struct {
	URL    string
	server *Server
	http   *http.Server
}

// Listen starts our own provider at c.Addr. It sends its events to webhookURL.
func (c Config) Listen(webhookURL string) (*Listening, error) {
	// Listening comes first: a second process with the same address must not
	// touch the first one's journal.
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("sandboxpay.addr: %w", err)
	}
	s, err := New(Options{Key: c.Key, WebhookURL: webhookURL, WebhookSecret: c.WebhookSecret,
		Journal: c.Journal, PublicURL: c.PublicURL, Delay: c.Delay})
	if err != nil {
		l.Close()
		return nil, err
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go srv.Serve(l) //nolint:errcheck // ends with ErrServerClosed
	return &Listening{URL: "http://" + l.Addr().String(), server: s, http: srv}, nil
}

// Close stops answering and delivering at once; what was promised is in the journal.
func (l *Listening) Close() error {
	return errors.Join(l.http.Close(), l.server.Close())
}
