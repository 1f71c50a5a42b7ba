package oidctest

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// requireVariable lists, separated by blanks, what must not be skipped.
const requireVariable = "TRADEWIND_TEST_REQUIRE"

// Version is the release of oidc-provider that tests run on.
const Version = "9.13.3"

var errNotInstalled = errors.New("oidc-provider was not found; scripts/install-oidc-provider.sh fetches it where there is Node.js")

//go:embed server.mjs
var program string

// Server is a provider that listens.
type Server struct {
	URL     string // where it answers
	Issuer  string // what it calls itself
	control string
}

// Client is a shop that the provider knows.
type Client struct {
	ID         string   `json:"client_id"`
	Secret     string   `json:"client_secret,omitempty"`
	Redirects  []string `json:"redirect_uris"`
	Back       []string `json:"post_logout_redirect_uris,omitempty"`
	Logout     string   `json:"backchannel_logout_uri,omitempty"`
	WithSID    bool     `json:"backchannel_logout_session_required,omitempty"`
	AuthMethod string   `json:"token_endpoint_auth_method,omitempty"`
	IDTokenAlg string   `json:"id_token_signed_response_alg,omitempty"`
}

// Open starts a provider that calls itself issuer, or by its own address if that
// is "". It ends with the test. Without Node.js or oidc-provider the test is
// skipped, or fails if TRADEWIND_TEST_REQUIRE has "npm" in it.
func Open(t testing.TB, issuer string) *Server {
	t.Helper()
	folder, node, err := installed()
	if err != nil {
		if slices.Contains(strings.Fields(os.Getenv(requireVariable)), "npm") {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	file := filepath.Join(t.TempDir(), "server.mjs")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	process := exec.Command(node, file, folder, issuer)
	input, err := process.StdinPipe() // it lives for as long as this is open
	if err != nil {
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	process.Stderr = &said
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close() // it ends then
		_ = process.Wait()
		if t.Failed() {
			t.Logf("the provider said:\n%s", said.String())
		}
	})
	s := &Server{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if n, _ := fmt.Sscanf(lines.Text(), "listening %s %s", &s.URL, &s.control); n == 2 {
			if s.Issuer = issuer; issuer == "" {
				s.Issuer = s.URL
			}
			go func() { _, _ = io.Copy(io.Discard, out) }() // what it says from here on is of no use
			return s
		}
	}
	t.Fatal("the provider did not start")
	return nil
}

func installed() (folder, node string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", errNotInstalled
	}
	folder = filepath.Join(cache, "tradewind", "oidc-provider-"+Version)
	node, err = exec.LookPath("node")
	if _, e := os.Stat(filepath.Join(folder, "node_modules", "oidc-provider")); e != nil || err != nil {
		return "", "", errNotInstalled
	}
	return folder, node, nil
}

// order tells the provider something about its world.
func (s *Server) order(t testing.TB, name string, what, into any) {
	t.Helper()
	body, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(s.control+"/"+name, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", name, res.Status, got, err)
	}
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			t.Fatal(err)
		}
	}
}

// Know makes these the clients of the provider.
func (s *Server) Know(t testing.TB, clients ...Client) {
	t.Helper()
	s.order(t, "clients", clients, nil)
}

// Claims says what the provider knows about people, by name.
func (s *Server) Claims(t testing.TB, all map[string]map[string]any) {
	t.Helper()
	s.order(t, "claims", all, nil)
}

// ClaimsInToken says whether claims are in the token, or in the user info alone.
func (s *Server) ClaimsInToken(t testing.TB, yes bool) {
	t.Helper()
	s.order(t, "claimsInToken", yes, nil)
}

// AMR says how people will have proven who they are.
func (s *Server) AMR(t testing.TB, value string) { t.Helper(); s.order(t, "amr", value, nil) }

// Rotate replaces the key that signs by another.
func (s *Server) Rotate(t testing.TB) { t.Helper(); s.order(t, "rotate", nil, nil) }

// Trouble makes every request wait and fail with a status, if that is not 0.
func (s *Server) Trouble(t testing.TB, status, milliseconds int) {
	t.Helper()
	s.order(t, "trouble", map[string]int{"status": status, "delay": milliseconds}, nil)
}

// Requests lists the paths that were asked for since it was called last.
func (s *Server) Requests(t testing.TB) (paths []string) {
	t.Helper()
	s.order(t, "requests", nil, &paths)
	return paths
}
