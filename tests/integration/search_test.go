package integration

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/adapter/opensearchtest"
	"tradewind/internal/app"
)

// found is what a search over HTTP tells.
type found struct {
	Total    int64
	Degraded bool
	Items    []struct{ Title, Brand string }
	Facets   []struct{ Name string }
}

func (s *shop) find(t *testing.T, query string) (f found) {
	t.Helper()
	status, body := fetch(t, s.base+"/v1/search?"+query)
	if err := json.Unmarshal([]byte(body), &f); status != http.StatusOK || err != nil {
		t.Fatalf("search %s: %d, %v: %s", query, status, err, body)
	}
	return f
}

// The program on a real cluster: it fills the index by itself, answers from it,
// goes on without it, and comes back to it, all in one run.
func TestShopOnOpenSearch(t *testing.T) {
	cluster, name := opensearchtest.Open(t)
	to, err := url.Parse(cluster)
	if err != nil {
		t.Fatal(err)
	}
	var gone atomic.Bool
	proxy := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gone.Load() {
			http.Error(w, "no node", http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	s := openShop(t, func(c *app.Config) {
		c.SearchEngine, c.Cluster.URLs, c.Cluster.Index = "opensearch", front.URL, name
		c.Cluster.SearchWithin = 10 * time.Second // a small node on a busy machine
		c.CompareEvery = time.Second
	})
	eventually(t, "the index is filled", func() bool {
		f := s.find(t, "q=lamp&facets=true")
		return !f.Degraded && f.Total > 5 && len(f.Facets) > 2
	})
	whole := s.find(t, "limit=1").Total

	gone.Store(true)
	if f := s.find(t, "q="+url.QueryEscape(s.find(t, "limit=1").Items[0].Title)); !f.Degraded || len(f.Items) == 0 || f.Facets != nil {
		t.Errorf("without the cluster: %+v", f)
	}
	if f := s.find(t, "brand=Northing&sort=price"); !f.Degraded || len(f.Items) == 0 || f.Items[0].Brand != "Northing" {
		t.Errorf("a brand without the cluster: %+v", f)
	}
	began := time.Now()
	for range 50 { // it is left alone, so that nobody waits
		s.find(t, "limit=1")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("50 searches without the cluster took %v", took)
	}
	if _, text := fetch(t, s.OpsURL+"/metrics"); !strings.Contains(text, "tradewind_search_breaker_open 1") || strings.Contains(text, "tradewind_search_degraded_total 0\n") ||
		!strings.Contains(text, `tradewind_search_request_duration_seconds_count{op="search",outcome="resting"}`) {
		t.Error("the metrics do not tell that the cluster is away")
	}

	gone.Store(false)
	eventually(t, "the cluster answers again", func() bool { f := s.find(t, "limit=1"); return !f.Degraded && f.Total == whole })

	// Somebody removes the index: the next comparison fills it anew.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, cluster+"/"+name+"-*", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("remove the index: %v", err)
	}
	res.Body.Close()
	eventually(t, "the index is filled again", func() bool { f := s.find(t, "limit=1"); return !f.Degraded && f.Total == whole })
}
