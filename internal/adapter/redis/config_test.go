package redis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/platform/held"
)

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	good := Config{Addr: "redis.internal:6379", Timeout: 100 * time.Millisecond, PoolSize: 20, Prefix: "tradewind:"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := (Config{}).Validate(); err != nil {
		t.Errorf("without Redis: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"redis.addr":          func(c *Config) { c.Addr = "redis://redis.internal:6379" },
		"redis.addr has \":6": func(c *Config) { c.Addr = ":6379" },
		"redis.addr has 2":    func(c *Config) { c.Addr = "a:1,b:2" },
		"redis.password-file": func(c *Config) { c.Password, c.PasswordFile = "secret of the test", "file" },
		"redis.username":      func(c *Config) { c.Username = "shop" },
		"redis.ca-file":       func(c *Config) { c.CAFile = "ca.pem" },
		"redis.timeout":       func(c *Config) { c.Timeout = time.Minute },
		"redis.pool-size":     func(c *Config) { c.PoolSize = 0 },
		"redis.prefix":        func(c *Config) { c.Prefix = "{shop}:" },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "secret of the test") {
			t.Errorf("%s wrong = %v", name, err)
		}
	}
	several := good
	several.Addr, several.Cluster = "a:1, b:2", true
	if err := several.Validate(); err != nil {
		t.Errorf("a cluster: %v", err)
	}
}

func TestFilesThatAreMissingStopTheStart(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"redis.password-file": {Addr: "a:1", PasswordFile: "/nowhere/password"},
		"redis.ca-file":       {Addr: "a:1", TLS: true, CAFile: "/nowhere/ca.pem"},
		"no certificate":      {Addr: "a:1", TLS: true, CAFile: empty},
	} {
		if _, err := Open(c, Options{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPasswordThatChangesIsToldToEachNewConnection(t *testing.T) {
	c := Config{Addr: "a:1", Username: "shop", Password: "old", Timeout: time.Second, PoolSize: 1, Held: held.New("old")}
	o, err := c.options()
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"old", "new"} {
		c.Held.Set(password)
		if user, got, err := o.CredentialsProviderContext(t.Context()); user != "shop" || got != password || err != nil {
			t.Errorf("%s %s, %v", user, got, err)
		}
	}
}
