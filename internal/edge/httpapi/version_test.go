package httpapi

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"tradewind/internal/platform/fault"
)

func TestAWriteNamesTheVersionItWasMadeFrom(t *testing.T) {
	for tag, want := range map[string]struct {
		version int64
		code    string
	}{
		"":                      {0, "precondition-required"},
		`"7"`:                   {7, ""},
		`"9223372036854775807"`: {1<<63 - 1, ""},
		`"9223372036854775808"`: {0, "changed-meanwhile"},
		`W/"7"`:                 {0, "changed-meanwhile"}, // a weak tag proves nothing (RFC 9110, 13.1.1)
		`7`:                     {0, "changed-meanwhile"},
		`"0"`:                   {0, "changed-meanwhile"},
		`"-1"`:                  {0, "changed-meanwhile"},
		`"7`:                    {0, "changed-meanwhile"},
		`*`:                     {0, "changed-meanwhile"}, // whatever it is now: what this is to prevent
		"\"7\", \"8\"":          {0, "changed-meanwhile"},
	} {
		r := mustRequest("PUT", "/")
		if tag != "" {
			r.Header.Set("If-Match", tag)
		}
		got, err := ifMatch(r)
		if fault.Code(err) != want.code || want.code == "" && got != want.version {
			t.Errorf("If-Match %s = %d, %v; want %d %s", tag, got, err, want.version, want.code)
		}
	}
}

func TestAVersionIsTheTag(t *testing.T) {
	w := httptest.NewRecorder()
	if err := encodeVersion(w, mustRequest("GET", "/"), http.StatusOK, 7, map[string]int{"n": 1}); err != nil {
		t.Fatal(err)
	}
	r := mustRequest("PUT", "/")
	r.Header.Set("If-Match", w.Header().Get("ETag"))
	if v, err := ifMatch(r); v != 7 || err != nil {
		t.Errorf("the tag %s leads back to %d, %v", w.Header().Get("ETag"), v, err)
	}
	r = mustRequest("GET", "/")
	r.Header.Set("If-None-Match", `"7"`)
	if w = httptest.NewRecorder(); encodeVersion(w, r, http.StatusOK, 7, 1) != nil || w.Code != http.StatusNotModified {
		t.Errorf("what the client has is sent again: %d", w.Code)
	}
}

// Only what our own proxies say about where a request comes from is believed.
func TestWhereARequestComesFrom(t *testing.T) {
	proxies, err := networks("10.0.0.0/8, fd00::/8")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		remote, forwarded, want string
	}{
		"no proxy":                 {"203.0.113.7:1234", "", "203.0.113.7"},
		"a stranger's header":      {"203.0.113.7:1234", "198.51.100.1", "203.0.113.7"},
		"our proxy":                {"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		"two of ours":              {"10.0.0.1:1", "198.51.100.1, 10.2.3.4", "198.51.100.1"},
		"forged in front":          {"10.0.0.1:1", "1.2.3.4, 198.51.100.1", "198.51.100.1"},
		"junk behind our proxy":    {"10.0.0.1:1", "1.2.3.4, junk", "10.0.0.1"},
		"our proxy says nothing":   {"10.0.0.1:1", "", "10.0.0.1"},
		"six":                      {"[fd00::1]:1", "2001:db8::7", "2001:db8::7"},
		"four that looks like six": {"[::ffff:203.0.113.7]:1", "", "203.0.113.7"},
		"no address at all":        {"pipe", "1.2.3.4", "0.0.0.0"},
	} {
		r := mustRequest("GET", "/")
		r.RemoteAddr = tc.remote
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		if got := (&API{proxies: proxies}).clientIP(r).String(); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	if _, err := networks("10.0.0.1"); err == nil {
		t.Error("an address without a length passes for a network")
	}
}
