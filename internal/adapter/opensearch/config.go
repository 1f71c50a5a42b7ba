package opensearch

import (
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"tradewind/internal/platform/held"
)

// Config says where the cluster is and how patient to be with it. Flags fills
// in the defaults.
type Config struct {
	URLs         string // separated by commas
	User         string
	Password     string
	PasswordFile string
	CAFile       string
	Index        string // what the names of the shop's indexes begin with
	SearchWithin time.Duration
	WriteWithin  time.Duration

	Held *held.Secret // the password as it is now, if it may change; nil for the settings above

	rest time.Duration // how long a cluster that fails is left alone; 0 for the usual time
}

// Flags declares the settings; the password is the program's to declare, since
// it is a secret.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.URLs, "opensearch.url", "", "addresses of the cluster's nodes, separated by commas, such as https://search-1:9200,https://search-2:9200")
	fs.StringVar(&c.User, "opensearch.user", "", "user of the cluster; empty for none")
	fs.StringVar(&c.PasswordFile, "opensearch.password-file", "", "file with the user's password, instead of opensearch.password")
	fs.StringVar(&c.CAFile, "opensearch.ca-file", "", "PEM file of the authorities that sign the cluster's certificates; empty for those of the system")
	fs.StringVar(&c.Index, "opensearch.index", "tradewind-products", "what the names of the shop's indexes begin with; shops that share a cluster need different ones")
	fs.DurationVar(&c.SearchWithin, "opensearch.search-within", time.Second, "how long a search may take, repeats included, until the database answers instead")
	fs.DurationVar(&c.WriteWithin, "opensearch.write-within", 30*time.Second, "how long a write may take, repeats included")
}

// An index's name, as OpenSearch allows it.
var indexName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,99}$`)

// Validate reports the first setting that cannot work and what would.
func (c Config) Validate() error {
	if len(c.urls()) == 0 {
		return errors.New("opensearch.url is empty; name the cluster's nodes, such as https://search-1:9200, or set search.engine to embedded")
	}
	for _, u := range c.urls() {
		parsed, err := url.Parse(u)
		switch {
		case err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https":
			return errors.New("opensearch.url has an address that is none; write scheme, host and port, such as https://search-1:9200")
		case parsed.User != nil:
			return errors.New("opensearch.url holds a user; use opensearch.user and opensearch.password instead")
		}
	}
	switch {
	case c.Password != "" && c.PasswordFile != "":
		return errors.New("opensearch.password and opensearch.password-file are both set; keep one")
	case (c.User == "") != (c.Password == "" && c.PasswordFile == ""):
		return errors.New("opensearch.user and a password go together; set opensearch.password or opensearch.password-file, or neither")
	case !indexName.MatchString(c.Index):
		return fmt.Errorf("opensearch.index is %q; use small letters, digits, - and _, such as tradewind-products", c.Index)
	case c.SearchWithin < 10*time.Millisecond || c.SearchWithin > time.Minute:
		return fmt.Errorf("opensearch.search-within is %v; choose between 10ms and 1m, such as 1s", c.SearchWithin)
	case c.WriteWithin < 100*time.Millisecond || c.WriteWithin > 10*time.Minute:
		return fmt.Errorf("opensearch.write-within is %v; choose between 100ms and 10m, such as 30s", c.WriteWithin)
	}
	_, err := c.authorities()
	if err == nil {
		_, err = c.password()
	}
	return err
}

func (c Config) urls() (out []string) {
	for u := range strings.SplitSeq(c.URLs, ",") {
		if u = strings.TrimSpace(u); u != "" {
			out = append(out, u)
		}
	}
	return out
}

func (c Config) password() (string, error) {
	if c.PasswordFile == "" {
		return c.Password, nil
	}
	text, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("opensearch.password-file: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// authorities are whom to trust; nil for those of the system.
func (c Config) authorities() (*x509.CertPool, error) {
	if c.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("opensearch.ca-file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("opensearch.ca-file %s holds no certificate in PEM", c.CAFile)
	}
	return pool, nil
}
