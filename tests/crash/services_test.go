package crash

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/sandboxpay"
)

// service is one process of the shop, which can be started again.
type service struct {
	target, shop, ops string
	flags             []string
	*process
}

// fleet is a shop of several processes behind a load balancer.
type fleet struct {
	*place
	services []*service
	provider *sandboxpay.Client
}

// newFleet opens a shop in which there are two of every service that may be
// several where the database and the search index are embedded. It skips where
// HAProxy is missing.
func newFleet(t *testing.T) *fleet {
	haproxy, err := exec.LookPath("haproxy")
	if err != nil {
		haproxy, err = exec.LookPath("/usr/sbin/haproxy") // where Debian has it, which is not on everybody's path
	}
	if err != nil {
		if strings.Contains(os.Getenv("TRADEWIND_TEST_REQUIRE"), "haproxy") {
			t.Fatal("haproxy is required, but missing")
		}
		t.Skip("there is no haproxy; install it to see several processes be one shop")
	}
	f := &fleet{place: newPlace(t)}
	links := []string{freeAddr(t), freeAddr(t)}
	link := "http://" + links[0]
	for _, target := range []string{"product,worker", "user", "user", "cart", "cart", "order", "order", "payment", "payment"} {
		s := &service{target: target, shop: freeAddr(t), ops: freeAddr(t)}
		s.flags = []string{"serve", "-target", target, "-http.addr", s.shop, "-ops.addr", s.ops, "-http.cache-for", "0", "-shutdown.drain", "2s", "-http.trusted-proxies", "127.0.0.0/8",
			"-sandboxpay.url", "http://" + f.pay, "-sandboxpay.timeout", "1s", "-worker.poll", "50ms", "-worker.lease", "1s", "-queue.visible", "3s", "-queue.poll", "200ms", "-payment.reconcile-after", "500ms", "-payment.service-url", link}
		if target == "payment" {
			s.flags = append(s.flags, "-payment.service-addr", links[0]) // the worker asks the first one alone
			links = links[1:]
		}
		f.services = append(f.services, s)
	}
	f.provider = f.place.provider("http://" + f.shop + "/v1/webhooks/sandboxpay")
	f.balance(haproxy)
	for _, s := range f.services {
		f.begin(s)
	}
	return f
}

// balance starts the load balancer with the configuration that we ship.
func (f *fleet) balance(haproxy string) {
	args := []string{"balancer", "-listen", f.shop}
	for _, name := range []string{"product", "user", "cart", "order", "payment"} {
		var at []string
		for _, s := range f.services {
			if slices.Contains(strings.Split(s.target, ","), name) {
				_, port, _ := strings.Cut(s.ops, ":")
				at = append(at, s.shop+"/"+port)
			}
		}
		args = append(args, "-"+name, strings.Join(at, ","))
	}
	config := filepath.Join(f.dir, "haproxy.cfg")
	if err := os.WriteFile(config, []byte(f.must(args...)), 0o600); err != nil {
		f.Fatal(err)
	}
	c := exec.Command(haproxy, "-db", "-f", config)
	c.SysProcAttr = bound()
	out, err := os.Create(filepath.Join(f.dir, "haproxy.log"))
	if err != nil {
		f.Fatal(err)
	}
	defer out.Close()
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		c.Process.Kill() //nolint:errcheck // it may have ended
		c.Wait()         //nolint:errcheck // killed
		if f.Failed() {
			f.Logf("haproxy:\n%s", f.tail("haproxy.log", 20))
		}
	})
}

func (f *fleet) begin(s *service) {
	f.Helper()
	s.process = f.start("serve.log", s.flags...)
	f.until(s.process, s.target+" to be ready", func() bool { return answers("http://" + s.ops + "/readyz") })
}

// open waits until the load balancer sends requests to every service.
func (f *fleet) open() {
	f.Helper()
	for _, path := range []string{"/v1/products?limit=1", "/v1/carts/none", "/v1/orders/none", "/v1/account", "/v1/orders/none/payment"} {
		f.until(nil, "the balancer to reach "+path, func() bool {
			r, err := probe.Get("http://" + f.shop + path)
			if err != nil {
				return false
			}
			r.Body.Close()
			return r.StatusCode < 500
		})
	}
}

// TestServicesAreOneShop lets buyers and clerks work at a shop of nine processes
// while each of them is killed, and then closed and opened, under load.
func TestServicesAreOneShop(t *testing.T) {
	const buyers = 8
	rng, rounds := chance(t), max(1, kills(t)/10)
	f := newFleet(t)
	f.must("seed", "-stock", "150")
	staff := f.hire()
	b := f.books()
	seeded := b.numbers(`SELECT sku, on_hand FROM stock`)
	f.open()
	m := &market{shop: f.shop, staff: staff, counts: map[string]int{}, skus: append([]string{slices.Min(slices.Collect(maps.Keys(seeded)))},
		b.rows(`SELECT DISTINCT v.sku FROM variant v JOIN product p ON p.id = v.product_id JOIN price x ON x.sku = v.sku
			WHERE p.status = 'active' AND x.currency = 'EUR' ORDER BY v.sku LIMIT 300`)...)}

	home := m.open(t.Context(), rng, buyers)
	for range rounds {
		for _, i := range rng.Perm(len(f.services)) {
			s := f.services[i]
			moment(rng, 700*time.Millisecond)
			s.kill()
			moment(rng, 300*time.Millisecond)
			f.begin(s)
		}
	}
	home()
	f.balanced(b, m, seeded)
	t.Logf("%d kills; %v", rounds*len(f.services), m.counts)

	// Then all but the one that owns the search index are closed in good order and
	// opened again, and nobody is to notice.
	m.strict, m.counts = true, map[string]int{}
	home = m.open(t.Context(), rng, buyers)
	for range rounds {
		for _, s := range f.services[1:] {
			moment(rng, 300*time.Millisecond)
			if err := s.stop(); err != nil {
				t.Errorf("%s did not close in good order: %v", s.target, err)
			}
			f.begin(s)
			<-time.After(time.Second) // until the balancer has seen it, as a rollout waits for each one
		}
	}
	home()
	f.balanced(b, m, seeded)
	t.Logf("%d restarts; %v", rounds*(len(f.services)-1), m.counts)
}

// balanced looks at what the buyers have met, and at all books.
func (f *fleet) balanced(b *books, m *market, seeded map[string]int64) {
	f.Helper()
	for _, err := range m.wrong {
		f.Error(err)
	}
	m.wrong = nil
	if m.counts["order paid"] == 0 {
		f.Error("nobody paid for anything; that proves little")
	}
	b.settled(f.services[0].process)
	b.agree(m, f.provider, seeded)
}
