package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/ident"
	"tradewind/internal/service/publishing"
)

// noted keeps what it is told.
type noted struct {
	mu    sync.Mutex
	facts []fact.Fact
}

func (n *noted) Tell(f fact.Fact) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.facts = append(n.facts, f)
}

// take returns what was told since the last time, as type, subject and data.
func (n *noted) take(t *testing.T) (out []string) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.facts {
		data, err := json.Marshal(f.Data)
		if err != nil || f.At != noon || len(f.Trace) != 55 {
			t.Errorf("%+v, %v", f, err)
		}
		out = append(out, f.Type+" "+string(data))
	}
	n.facts = nil
	return out
}

// watched is the standing shop with a cache, that tells b what visitors do.
func watched(t testing.TB, b Browsing) *shop {
	t.Helper()
	a := *open(t).api
	a.Browsing, a.Config.CacheFor, a.Config.CacheBytes = b, 10*time.Second, 24<<20
	return &shop{a.Handler(), &a}
}

// anyProduct is the id and slug of a product of the demo.
func (s *shop) anyProduct(t testing.TB) (id, slug string) {
	t.Helper()
	var page struct {
		Items []struct{ ID, Slug string }
	}
	if err := json.Unmarshal(s.ask(t, "GET", "/v1/products?limit=1", "").Body.Bytes(), &page); err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	return page.Items[0].ID, page.Items[0].Slug
}

func TestALookCountsThoughItsAnswerIsRemembered(t *testing.T) {
	n := &noted{}
	s := watched(t, n)
	id, slug := s.anyProduct(t)
	want := fact.ProductViewed + ` {"product_id":"` + id + `"}`
	tag := s.ask(t, "GET", "/v1/products/"+slug, "").Header().Get("ETag")
	s.ask(t, "GET", "/v1/products/"+slug, "")
	if w := s.ask(t, "GET", "/v1/products/"+slug, "", "If-None-Match", tag); w.Code != http.StatusNotModified {
		t.Errorf("status %d", w.Code)
	}
	if got := n.take(t); !slices.Equal(got, []string{want, want, want}) {
		t.Errorf("told %q", got)
	}
	s.ask(t, "GET", "/v1/products/"+slug+"?currency=USD", "", visitorID, "a-visitor-known-again")
	if got := n.take(t); len(got) != 1 || !strings.Contains(got[0], `"currency":"USD","visitor":"`) || strings.Contains(got[0], "a-visitor") {
		t.Errorf("told %q", got)
	}
	s.ask(t, "GET", "/v1/products/"+slug, "", visitorID, "short") // which nobody reads here
	n.take(t)
	s.do(t, httptest.NewRequest("HEAD", "/v1/products/"+slug, nil))
	s.ask(t, "GET", "/v1/products/no-such-thing", "")
	s.ask(t, "GET", "/v1/products/"+slug+"?currency=nonsense", "")
	if got := n.take(t); len(got) != 0 {
		t.Errorf("of what nobody looked at, %q is told", got)
	}
}

func TestNothingIsToldOfWhoOptsOut(t *testing.T) {
	n := &noted{}
	s := watched(t, n)
	_, slug := s.anyProduct(t)
	for _, header := range [][2]string{{"Sec-GPC", "1"}, {"DNT", "1"}, {"Sec-Purpose", "prefetch;prerender"}, {"Purpose", "prefetch"}} {
		s.ask(t, "GET", "/v1/products/"+slug, "", header[0], header[1])
		s.ask(t, "GET", "/v1/search?q=lamp", "", header[0], header[1])
		s.ask(t, "POST", "/v1/carts", `{"items":[{"sku":"GOLD-1","qty":1}]}`, header[0], header[1])
	}
	if got := n.take(t); len(got) != 0 {
		t.Errorf("told %q", got)
	}
}

func TestASearchIsToldWithoutWhatCouldBeAboutSomebody(t *testing.T) {
	n := &noted{}
	s := watched(t, n)
	for _, tc := range []struct{ query, want string }{
		{"q=Treasure", `{"terms":["treasure"],"withheld":false,"results":1,"filtered":false}`},
		{"q=treasure&in_stock=true&sort=newest", `{"terms":["treasure"],"withheld":false,"results":1,"filtered":true}`},
		{"q=ada%40example.com", `{"terms":[],"withheld":true,"results":0,"filtered":false}`},
	} {
		for range 2 { // made, and remembered
			s.ask(t, "GET", "/v1/search?"+tc.query, "")
			if got := n.take(t); len(got) != 1 || got[0] != fact.SearchPerformed+" "+tc.want {
				t.Errorf("%s is told as %q, want %s", tc.query, got, tc.want)
			}
		}
	}
}

func TestWhatIsInACartIsTold(t *testing.T) {
	n := &noted{}
	s := watched(t, n)
	s.ask(t, "POST", "/v1/carts", `{}`)
	if got := n.take(t); len(got) != 0 {
		t.Errorf("of an empty cart, %q is told", got)
	}
	var c struct {
		ID, Token string
		Version   int64
	}
	if err := json.Unmarshal(s.ask(t, "POST", "/v1/carts", `{"items":[{"sku":"GOLD-1","qty":2}]}`).Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	s.ask(t, "PUT", "/v1/carts/"+c.ID+"/items/GOLD-2", `{"qty":3}`, cartToken, c.Token)
	s.ask(t, "DELETE", "/v1/carts/"+c.ID+"/items/GOLD-1", "", cartToken, c.Token)
	s.ask(t, "PUT", "/v1/carts/"+c.ID+"/items/no-such", `{"qty":3}`, cartToken, c.Token) // refused
	got := n.take(t)
	for i, want := range []string{`"version":1,"lines":1,"units":2,`, `"version":2,"lines":2,"units":5,`, `"version":3,"lines":1,"units":3,`} {
		if i >= len(got) || !strings.HasPrefix(got[i], fact.CartChanged+` {"cart_id":"`+c.ID+`",`+want) {
			t.Errorf("told %q, want %s", got, want)
		}
	}
	if len(got) != 3 {
		t.Errorf("told %d times: %q", len(got), got)
	}
}

// sink is a log that keeps nothing.
type sink struct{ stream.Log }

// BenchmarkProductPage is what a look at a product costs, with nobody told, and
// with a buffer that has room and one that is full.
func BenchmarkProductPage(b *testing.B) {
	full := publishing.NewBuffer(&publishing.Publisher{Log: sink{}}, publishing.Config{Buffer: 1}, ident.New, nil)
	for _, tc := range []struct {
		name string
		tell Browsing
	}{{"nobody told", nil}, {"told", &emptied{publishing.NewBuffer(&publishing.Publisher{Log: sink{}}, publishing.Config{Buffer: 512}, ident.New, nil), 0}}, {"no room", full}} {
		s := watched(b, tc.tell)
		_, slug := s.anyProduct(b)
		b.Run(tc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				s.ServeHTTP(w, httptest.NewRequest("GET", "/v1/products/"+slug, nil))
				if w.Code != http.StatusOK {
					b.Fatal(fmt.Sprint(w.Code))
				}
			}
		})
	}
}

// emptied starts again when it is full.
type emptied struct {
	*publishing.Buffer
	n int
}

func (e *emptied) Tell(f fact.Fact) {
	if e.n++; e.n%512 == 0 {
		e.Buffer = publishing.NewBuffer(e.Publisher, e.Config, e.NewID, nil)
	}
	e.Buffer.Tell(f)
}
