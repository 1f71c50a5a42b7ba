package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"tradewind/internal/platform/held"
)

// Config says which server to use and how. Flags fills in the defaults.
type Config struct {
	Addr         string
	Cluster      bool
	Username     string
	Password     string
	PasswordFile string
	TLS          bool
	CAFile       string
	Prefix       string
	Timeout      time.Duration
	PoolSize     int

	Held *held.Secret // the password as it is now, if it may change; nil for the settings above
}

// Flags declares the settings. The password is a secret.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Addr, "redis.addr", "", "host:port of the Redis that the processes of the shop share, several with commas between for a cluster; empty shares nothing")
	fs.BoolVar(&c.Cluster, "redis.cluster", false, "the addresses belong to a Redis cluster (sharded)")
	fs.StringVar(&c.Username, "redis.username", "", "user of Redis; empty is its default user")
	fs.StringVar(&c.Password, "redis.password", "", "password of that user (secret)")
	fs.StringVar(&c.PasswordFile, "redis.password-file", "", "file with that password, read again for each new connection")
	fs.BoolVar(&c.TLS, "redis.tls", false, "speak TLS to Redis")
	fs.StringVar(&c.CAFile, "redis.ca-file", "", "file of PEM certificates that Redis' own is checked against; empty uses the system's")
	fs.StringVar(&c.Prefix, "redis.prefix", "tradewind:", "what all keys begin with; another for each shop that shares a Redis")
	fs.DurationVar(&c.Timeout, "redis.timeout", 100*time.Millisecond, "how long to wait for Redis, retries included, before going on without it")
	fs.IntVar(&c.PoolSize, "redis.pool-size", 20, "connections to each Redis server, at most")
}

// Used reports whether there is a Redis.
func (c Config) Used() bool { return c.Addr != "" }

// Validate says which setting cannot work and what would.
func (c Config) Validate() error {
	if !c.Used() {
		return nil
	}
	addrs := c.addrs()
	for _, a := range addrs {
		if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" || strings.Contains(a, "/") {
			return fmt.Errorf("redis.addr has %q; write host:port, such as redis.internal:6379, and redis.tls for TLS", a)
		}
	}
	switch {
	case len(addrs) > 1 && !c.Cluster:
		return fmt.Errorf("redis.addr has %d addresses; set redis.cluster, or name the one primary", len(addrs))
	case c.Password != "" && c.PasswordFile != "":
		return errors.New("redis.password and redis.password-file are both set; choose one")
	case c.Username != "" && c.Password == "" && c.PasswordFile == "":
		return errors.New("redis.username is set without a password; set redis.password-file or redis.password")
	case c.CAFile != "" && !c.TLS:
		return errors.New("redis.ca-file is set, but redis.tls is not; set both or neither")
	case c.Timeout < 5*time.Millisecond || c.Timeout > 2*time.Second:
		return fmt.Errorf("redis.timeout is %v; choose between 5ms and 2s, such as 100ms", c.Timeout)
	case c.PoolSize < 1 || c.PoolSize > 10_000:
		return fmt.Errorf("redis.pool-size is %d; choose between 1 and 10000, such as 20", c.PoolSize)
	case strings.ContainsAny(c.Prefix, "{}"):
		return fmt.Errorf("redis.prefix is %q; braces would put all keys on one server of a cluster, write a name such as tradewind:", c.Prefix)
	}
	return nil
}

func (c Config) addrs() (list []string) {
	for a := range strings.SplitSeq(c.Addr, ",") {
		list = append(list, strings.TrimSpace(a))
	}
	return list
}

// password returns what the server shall be told.
func (c Config) password() (string, error) {
	if c.Held != nil {
		return c.Held.Get(), nil
	}
	if c.PasswordFile == "" {
		return c.Password, nil
	}
	text, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("redis.password-file: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// options are the client's. What comes after Redis 7.0, such as CLIENT SETINFO
// and maintenance notices, is not asked for.
func (c Config) options() (*goredis.UniversalOptions, error) {
	if _, err := c.password(); err != nil {
		return nil, err
	}
	o := &goredis.UniversalOptions{
		Addrs: c.addrs(), IsClusterMode: c.Cluster, Protocol: 2, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		CredentialsProviderContext: func(context.Context) (string, string, error) {
			password, err := c.password()
			return c.Username, password, err
		},
		DialTimeout: c.Timeout, ReadTimeout: c.Timeout, WriteTimeout: c.Timeout, PoolTimeout: c.Timeout, ContextTimeoutEnabled: true,
		DialerRetries: 1, MaxRetries: 2, MinRetryBackoff: 2 * time.Millisecond, MaxRetryBackoff: 20 * time.Millisecond, // with jitter
		PoolSize: c.PoolSize, ConnMaxIdleTime: 5 * time.Minute,
	}
	if !c.TLS {
		return o, nil
	}
	o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile == "" {
		return o, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("redis.ca-file: %w", err)
	}
	o.TLSConfig.RootCAs = x509.NewCertPool()
	if !o.TLSConfig.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("redis.ca-file %s holds no certificate in PEM", c.CAFile)
	}
	return o, nil
}
