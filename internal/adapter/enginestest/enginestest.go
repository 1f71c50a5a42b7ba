// Package enginestest tells tests where the engines are that they were given by
// address. `make test-engines` gives them: what is installed, else a container.
// OpenSearch is given by package opensearchtest.
package enginestest

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	// requireVariable lists, separated by blanks, what must not be skipped.
	requireVariable = "TRADEWIND_TEST_REQUIRE"
	// RedisVariable is a Redis that tests may use, as redis://user:password@host:port.
	RedisVariable = "TRADEWIND_TEST_REDIS_URL"
	// OracleVariable is a schema that tests EMPTY, as user/password@host:port/service.
	OracleVariable = "TRADEWIND_TEST_ORACLE_DSN"
	// shopsVariable lists the engines that the shops of tests/integration use.
	shopsVariable = "TRADEWIND_TEST_ENGINES"
)

// Redis returns where Redis was given, or skips the test.
func Redis(t testing.TB) (addr, user, password string) {
	t.Helper()
	addr, user, password, err := parseRedis(given(t, "redis", RedisVariable))
	if err != nil {
		t.Fatal(err)
	}
	return addr, user, password
}

// Oracle returns where an Oracle was given, or skips the test.
func Oracle(t testing.TB) (user, password, dsn string) {
	t.Helper()
	user, password, dsn, err := parseOracle(given(t, "oracle", OracleVariable))
	if err != nil {
		t.Fatal(err)
	}
	return user, password, dsn
}

// Shops lists the engines that shops shall use; without any they are embedded.
func Shops() []string { return strings.Fields(os.Getenv(shopsVariable)) }

func given(t testing.TB, name, variable string) string {
	t.Helper()
	text := os.Getenv(variable)
	switch {
	case text != "":
	case slices.Contains(strings.Fields(os.Getenv(requireVariable)), name):
		t.Fatalf("%s is required, and %s is not set", name, variable)
	default:
		t.Skipf("%s is not set; `make test-engines` sets it where it can", variable)
	}
	return text
}

// No error repeats what it was given: there is a password in it.
func parseRedis(text string) (addr, user, password string, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "redis" || u.Port() == "" || strings.Trim(u.Path, "/") != "" {
		return "", "", "", fmt.Errorf("%s is none; write redis://host:port or redis://user:password@host:port", RedisVariable)
	}
	password, _ = u.User.Password()
	return u.Host, u.User.Username(), password, nil
}

func parseOracle(text string) (user, password, dsn string, err error) {
	user, rest, found := strings.Cut(text, "/")
	at := strings.LastIndex(rest, "@")
	if !found || user == "" || at < 1 || rest[at+1:] == "" {
		return "", "", "", fmt.Errorf("%s is none; write user/password@host:port/service", OracleVariable)
	}
	return user, rest[:at], rest[at+1:], nil
}
