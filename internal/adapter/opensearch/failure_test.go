package opensearch

import (
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/search"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/held"
)

// node answers as a cluster does that has no products, until it misbehaves.
type node struct {
	*httptest.Server
	asked atomic.Int64
	fault atomic.Pointer[http.HandlerFunc]
}

const (
	nothingFound = `{"timed_out":false,"_shards":{"failed":0},"hits":{"total":{"value":0},"hits":[]}}`
	written      = `{"errors":false,"items":[{"index":{"status":201}}]}`
)

func newNode(t *testing.T) *node {
	n := &node{}
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.asked.Add(1)
		if misbehave := n.fault.Load(); misbehave != nil {
			(*misbehave)(w, r)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(n.Close)
	return n
}

func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/_search"):
		fmt.Fprint(w, nothingFound)
	case strings.HasSuffix(r.URL.Path, "/_bulk"):
		fmt.Fprint(w, written)
	default:
		fmt.Fprint(w, `{}`)
	}
}

func (n *node) misbehaves(how http.HandlerFunc) { n.fault.Store(&how) }
func (n *node) behaves()                        { n.fault.Store(nil) }

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

func said(body string) http.HandlerFunc { return status(http.StatusOK, body) }

// cut ends the connection with a reset, after a part of an answer.
func cut(part string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		fmt.Fprint(c, part)
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
}

func hang(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body) // only then a server notices that
	<-r.Context().Done()        // until the client has gone
}

var everything = search.Query{Sort: search.Relevance, Limit: 10}

// patience is how long a search may take in these tests.
const patience = 200 * time.Millisecond

func (n *node) config() Config {
	return Config{URLs: n.URL, Index: "shop", SearchWithin: patience, WriteWithin: time.Second, rest: 20 * time.Millisecond}
}

func TestAClusterThatMisbehaves(t *testing.T) {
	for name, how := range map[string]http.HandlerFunc{
		"hangs":                     hang,
		"is overloaded":             status(http.StatusTooManyRequests, `{"error":{"type":"rejected_execution_exception"}}`),
		"is a gateway without one":  status(http.StatusBadGateway, "<html>"),
		"has no shard":              status(http.StatusServiceUnavailable, `{"error":{"type":"search_phase_execution_exception"}}`),
		"says nothing":              cut(""),
		"stops in a header":         cut("HTTP/1.1 200 OK\r\nContent-"),
		"stops in an answer":        cut("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"hits\""),
		"is a page for people":      said("<html>Welcome</html>"),
		"says half an object":       said(`{"hits":`),
		"says another object":       said(`{"ok":true}`),
		"says what has other types": said(`{"_shards":{"failed":0},"hits":{"total":"many","hits":7}}`),
		"answers in part":           said(`{"timed_out":false,"_shards":{"failed":1},"hits":{"total":{"value":0},"hits":[]}}`),
		"runs out of time":          said(`{"timed_out":true,"_shards":{"failed":0},"hits":{"total":{"value":0},"hits":[]}}`),
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			patient := n.config()
			patient.rest = time.Hour
			x := open(t, patient)
			n.misbehaves(how)
			before := n.asked.Load()
			for range 2 * breakerFailures {
				began := time.Now()
				_, err := x.Search(t.Context(), everything)
				if fault.Code(err) != "search-unavailable" || fault.KindOf(err) != fault.Unavailable {
					t.Fatalf("Search: %v, want search-unavailable", err)
				}
				if took := time.Since(began); took > 5*patience {
					t.Errorf("that took %v, with %v to spend", took, patience)
				}
			}
			if asked := n.asked.Load() - before; asked > breakerFailures || !x.Resting() {
				t.Errorf("it was asked %d times, resting %t", asked, x.Resting())
			}
			n.behaves()

			x = open(t, n.config()) // which rests only briefly
			n.misbehaves(how)
			for range breakerFailures {
				if _, err := x.Search(t.Context(), everything); err == nil {
					t.Fatal("it answers")
				}
			}
			n.behaves()
			deadline := time.Now().Add(10 * time.Second)
			for {
				if _, err := x.Search(t.Context(), everything); err == nil {
					break
				} else if time.Now().After(deadline) {
					t.Fatalf("well again, and still: %v", err)
				}
			}
			if x.Resting() {
				t.Error("well again, and still left alone")
			}
		})
	}
}

// once misbehaves the first time only.
func once(how http.HandlerFunc) http.HandlerFunc {
	var done atomic.Bool
	return func(w http.ResponseWriter, r *http.Request) {
		if done.Swap(true) {
			answer(w, r)
			return
		}
		how(w, r)
	}
}

func TestWhatFailsOnceIsRepeated(t *testing.T) {
	for name, how := range map[string]http.HandlerFunc{
		"overloaded":              status(http.StatusTooManyRequests, `{}`),
		"one of a bulk refused":   said(`{"errors":true,"items":[{"index":{"status":201}},{"index":{"status":429,"error":{"type":"rejected_execution_exception"}}}]}`),
		"an index being replaced": said(`{"errors":true,"items":[{"index":{"status":403,"error":{"type":"cluster_block_exception"}}}]}`),
		"cut":                     cut(""),
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			x := open(t, n.config())
			n.misbehaves(once(how))
			if err := x.Put(t.Context(), []search.Doc{{ID: "a", Version: 1}}); err != nil {
				t.Errorf("Put: %v", err)
			}
			if n.asked.Load() != 2 {
				t.Errorf("asked %d times, want 2", n.asked.Load())
			}
		})
	}
}

func TestARefusalIsNotRepeated(t *testing.T) {
	n := newNode(t)
	x := open(t, n.config())
	n.misbehaves(said(`{"errors":true,"items":[{"index":{"status":400,"error":{"type":"strict_dynamic_mapping_exception","reason":"no such field"}}}]}`))
	for range 2 * breakerFailures {
		if err := x.Put(t.Context(), []search.Doc{{ID: "a", Version: 1}}); err == nil || !strings.Contains(err.Error(), "no such field") || fault.KindOf(err) != fault.Internal {
			t.Fatalf("Put: %v, want the reason", err)
		}
	}
	if n.asked.Load() != 2*breakerFailures || x.Resting() {
		t.Errorf("asked %d times, resting %t", n.asked.Load(), x.Resting())
	}
}

func TestAnotherNodeAnswers(t *testing.T) {
	n := newNode(t)
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	c := n.config()
	c.URLs = "http://" + dead.Addr().String() + ", " + n.URL
	x := open(t, c)
	for range 20 {
		if _, err := x.Search(t.Context(), everything); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACallerWhoLeavesSaysNothingAboutTheCluster(t *testing.T) {
	n := newNode(t)
	c := n.config()
	c.SearchWithin = time.Minute
	var outcomes atomic.Int64
	x, err := Open(c, func(c Call) {
		if c.Outcome == "left" {
			outcomes.Add(1)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	n.misbehaves(hang)
	for range 2 * breakerFailures {
		ctx, cancel := contextThatEnds(t)
		if _, err := x.Search(ctx, everything); err == nil || fault.Code(err) != "" {
			t.Errorf("Search: %v", err)
		}
		cancel()
	}
	if x.Resting() || outcomes.Load() != 2*breakerFailures {
		t.Errorf("resting %t after %d who left", x.Resting(), outcomes.Load())
	}
}

func TestPasswordAndAuthority(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "shop" || password != "pa55" {
			status(http.StatusUnauthorized, "Unauthorized")(w, r)
			return
		}
		answer(w, r)
	}))
	defer server.Close()
	dir := t.TempDir()
	ca, secret := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password")
	write := func(path string, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	write(secret, []byte("pa55\n"))
	c := Config{URLs: server.URL, Index: "shop", User: "shop", PasswordFile: secret, CAFile: ca, SearchWithin: time.Second, WriteWithin: time.Second}
	if _, err := open(t, c).Search(t.Context(), everything); err != nil {
		t.Errorf("with both: %v", err)
	}
	c.CAFile = ""
	if _, err := open(t, c).Search(t.Context(), everything); fault.Code(err) != "search-unavailable" {
		t.Errorf("without the authority: %v", err)
	}
	c.CAFile, c.PasswordFile, c.Password = ca, "", "wrong"
	if _, err := open(t, c).Search(t.Context(), everything); err == nil || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("with another password: %v", err)
	}
	c.Password, c.Held = "old", held.New("old")
	x := open(t, c)
	if _, err := x.Search(t.Context(), everything); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("with an old password: %v", err)
	}
	c.Held.Set("pa55")
	if _, err := x.Search(t.Context(), everything); err != nil {
		t.Errorf("after it has changed: %v", err)
	}
}

func TestSettings(t *testing.T) {
	good := Config{URLs: "http://127.0.0.1:9200", Index: "shop", SearchWithin: time.Second, WriteWithin: time.Second}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		"opensearch.url":                       func(c *Config) { c.URLs = " , " },
		"scheme, host and port":                func(c *Config) { c.URLs = "search-1:9200" },
		"opensearch.user":                      func(c *Config) { c.URLs = "http://a:b@search-1:9200" },
		"go together":                          func(c *Config) { c.User = "shop" },
		"keep one":                             func(c *Config) { c.User, c.Password, c.PasswordFile = "a", "b", "c" },
		"opensearch.index":                     func(c *Config) { c.Index = "Shop*" },
		"opensearch.search-within":             func(c *Config) { c.SearchWithin = 0 },
		"opensearch.write-within":              func(c *Config) { c.WriteWithin = time.Hour },
		"opensearch.ca-file":                   func(c *Config) { c.CAFile = "none.pem" },
		"opensearch.password-file":             func(c *Config) { c.User, c.PasswordFile = "shop", "none" },
		"opensearch.ca-file failure_test.go h": func(c *Config) { c.CAFile = "failure_test.go" },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate: %v, want %s named", err, want)
		} else if strings.Contains(err.Error(), "a:b") {
			t.Errorf("Validate shows a password: %v", err)
		}
	}
}
