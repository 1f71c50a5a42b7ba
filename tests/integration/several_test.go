package integration

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"

	"tradewind/internal/adapter/enginestest"
	"tradewind/internal/app"
)

// shareRedis lets both programs use the Redis that the tests were given, else
// one that is made for them.
func shareRedis(t *testing.T) func(c *app.Config) {
	if !slices.Contains(enginestest.Shops(), "redis") {
		return onMiniredis(miniredis.RunT(t))
	}
	prefix := uuid.NewString() + ":"
	return func(c *app.Config) { c.Redis.Prefix, c.HTTP.LimitBrowsing, c.HTTP.LimitCheckout = prefix, 0, 0 }
}

func onMiniredis(server *miniredis.Miniredis) func(c *app.Config) {
	return func(c *app.Config) {
		c.Redis.Addr, c.Redis.Username, c.Redis.Password, c.Redis.Prefix = server.Addr(), "", "", "two:"
		c.Redis.Timeout, c.HTTP.LimitCheckout = 500*time.Millisecond, 0
	}
}

// twoProcesses are two programs on one database and one Redis, each with a
// search index and a provider of its own.
func twoProcesses(t *testing.T, redis, change func(c *app.Config)) (one, other *shop) {
	both := func(c *app.Config) {
		redis(c)
		change(c)
	}
	one = openShop(t, both)
	other = runShop(t, t.TempDir(), func(c *app.Config) {
		both(c)
		c.DB.Path, c.TokenFile = filepath.Join(one.dir, "tradewind.db"), filepath.Join(one.dir, "token.secret")
		c.Sandbox.URL = one.ProviderURL
	})
	return one, other
}

func (a answer) expect(t testing.TB, status int) {
	t.Helper()
	if a.status != status {
		t.Errorf("= %d %.300s, want %d", a.status, a.body, status)
	}
}

// metric reads one series; labels are written as they are printed, without service.
func (s *shop) metric(t testing.TB, series string) float64 {
	t.Helper()
	_, text := fetch(t, s.OpsURL+"/metrics")
	for line := range strings.Lines(text) {
		line = strings.NewReplacer(`{service="all"}`, "", `,service="all"}`, "}").Replace(line)
		if rest, ok := strings.CutPrefix(line, series+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("there is no %s", series)
	return 0
}

func TestAPriceChangedInOneProcessIsSeenInTheOther(t *testing.T) {
	one, other := twoProcesses(t, shareRedis(t), func(c *app.Config) { c.HTTP.CacheFor = time.Hour })
	goods := map[string]string{}
	one.goods(t, "/v1/products", goods)
	page := "/v1/products/" + goods["product"]
	eventually(t, "both are done with what is new", func() bool {
		return one.metric(t, "tradewind_outbox_pending") == 0 && one.metric(t, "tradewind_outbox_oldest_seconds") == 0
	})
	if a, b := one.ask(t, "GET", page, "").body, other.ask(t, "GET", page, "").body; string(a) != string(b) || !strings.Contains(string(a), "1900") {
		t.Fatalf("one shows %s\nthe other %s", a, b)
	}
	n := 0
	eventually(t, "the other is given what one has made", func() bool { // unless what is new is told between the two
		n++
		list, shared := fmt.Sprintf("/v1/products?limit=%d", n%100+1), `tradewind_cache_answers_total{from="shared"}`
		before := other.metric(t, shared)
		one.ask(t, "GET", list, "")
		other.ask(t, "GET", list, "")
		return other.metric(t, shared) > before
	})

	staff := one.people(t, "staff", map[string]string{})
	one.ask(t, "POST", "/v1/admin/price-changes", fmt.Sprintf(`{"skus":[%q],"currency":"EUR","percent_ppm":-100000}`, goods["sku"]), "Authorization", "Bearer "+staff).expect(t, 202)
	shows := func(s *shop) bool { return strings.Contains(string(s.ask(t, "GET", page, "").body), "1710") }
	eventually(t, "one process shows the new price", func() bool { return shows(one) || shows(other) })
	began := time.Now()
	eventually(t, "both do", func() bool { return shows(one) && shows(other) })
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the second one was %v later", took)
	}
}

func TestLosingRedisLosesNoCartAndSignsNobodyOut(t *testing.T) {
	server := miniredis.RunT(t)
	one, other := twoProcesses(t, onMiniredis(server), func(c *app.Config) {
		c.HTTP.CacheFor, c.HTTP.LimitBrowsing, c.Redis.Timeout = time.Minute, 1000, 100*time.Millisecond
	})
	customer := one.people(t, "customer", map[string]string{})
	o := one.placed(t, "MU01-ALMA-SAND")
	all := func(when string) {
		t.Helper()
		began := time.Now()
		for _, s := range []*shop{one, other} {
			for range 10 {
				s.ask(t, "GET", "/v1/categories", "").expect(t, 200)
			}
			s.ask(t, "GET", "/v1/account", "", "Authorization", "Bearer "+customer).expect(t, 200)
			s.ask(t, "GET", "/v1/orders/"+o.ID, "", "Order-Token", o.Token).expect(t, 200)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s, 24 requests took %v", when, took)
		}
	}
	all("with Redis")
	server.Close()
	eventually(t, "both leave it alone", func() bool {
		all("without Redis")
		return one.metric(t, "tradewind_redis_left_alone") == 1 && other.metric(t, "tradewind_redis_left_alone") == 1
	})
	if status, body := fetch(t, one.OpsURL+"/readyz"); status != 200 {
		t.Errorf("without Redis the shop is not ready: %s", body)
	}
	if one.metric(t, `tradewind_redis_failures_total{command="take",reason="left-alone"}`) == 0 {
		t.Error("no metric tells that requests are counted without Redis")
	}
	one.pays(t, o, "tok_ok", 200, "")
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both are back", func() bool {
		all("with Redis again")
		return one.metric(t, "tradewind_redis_left_alone") == 0 && other.metric(t, "tradewind_redis_left_alone") == 0
	})
}

func TestAClientIsCountedByAllProcessesTogether(t *testing.T) {
	one, other := twoProcesses(t, shareRedis(t), func(c *app.Config) { c.HTTP.LimitBrowsing = 60 }) // 20 at once
	began, let, refused := time.Now(), 0, answer{}
	for i := range 60 {
		s := one
		if i%2 == 1 {
			s = other
		}
		switch a := s.ask(t, "GET", "/v1/categories", ""); a.status {
		case 200:
			let++
		case 429:
			refused = a
		}
	}
	if more := int(time.Since(began)/time.Second) + 1; let < 20 || let > 20+more {
		t.Errorf("%d of 60 went through, want 20 and %d for the time", let, more)
	}
	if refused.status == 0 || refused.header.Get("Retry-After") == "" {
		t.Errorf("nobody is told to wait: %+v", refused)
	}
	one.ask(t, "GET", "/v1/carts/"+uuid.NewString(), "").expect(t, 401) // not 429
}
