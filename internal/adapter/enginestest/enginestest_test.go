package enginestest

import (
	"strings"
	"testing"
)

func TestAddressesAreTakenApart(t *testing.T) {
	for text, want := range map[string][3]string{
		"redis://127.0.0.1:6379":                   {"127.0.0.1:6379", "", ""},
		"redis://127.0.0.1:6379/":                  {"127.0.0.1:6379", "", ""},
		"redis://shop:a%40b@redis.example.com:1":   {"redis.example.com:1", "shop", "a@b"},
		"redis://:only-a-password@[::1]:6379":      {"[::1]:6379", "", "only-a-password"},
		"shop/pw@db.example.com:1521/FREEPDB1":     {"shop", "pw", "db.example.com:1521/FREEPDB1"},
		"shop/p/w@2@db.example.com:1521/FREEPDB1":  {"shop", "p/w@2", "db.example.com:1521/FREEPDB1"},
		"redis://secret-1@host":                    {},
		"http://secret-1@host:6379":                {},
		"redis://user:secret-1@host:6379/3":        {},
		"shop:secret-1@db.example.com:1521":        {},
		"/secret-1@db.example.com:1521/FREEPDB1":   {},
		"shop/secret-1":                            {},
		"shop/@db.example.com:1521/FREEPDB1":       {},
		"user/secret-1@":                           {},
		"redis://user:secret-1@host:port-of-what/": {},
	} {
		parse := parseOracle
		if strings.Contains(text, "://") {
			parse = parseRedis
		}
		one, two, three, err := parse(text)
		if got := [3]string{one, two, three}; got != want || (err != nil) != (want == [3]string{}) {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "secret-1") || !strings.Contains(err.Error(), "write ")) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
