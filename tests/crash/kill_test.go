package crash

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestKilledShopKeepsItsWord kills the shop again and again while buyers order,
// pay, cancel and send things twice, clerks send parcels and take goods back, and compares all books every ten kills.
func TestKilledShopKeepsItsWord(t *testing.T) {
	const buyers, killsPerRound = 12, 10
	p, rng, total := newPlace(t), chance(t), kills(t)
	p.must("seed", "-stock", "150")
	staff := p.hire()
	b := p.books()
	seeded := b.numbers(`SELECT sku, on_hand FROM stock`)
	m := &market{shop: p.shop, staff: staff, counts: map[string]int{}, skus: append([]string{slices.Min(slices.Collect(maps.Keys(seeded)))},
		b.rows(`SELECT DISTINCT v.sku FROM variant v JOIN product p ON p.id = v.product_id JOIN price x ON x.sku = v.sku
			WHERE p.status = 'active' AND x.currency = 'EUR' ORDER BY v.sku LIMIT 300`)...)}
	provider := p.provider("http://" + p.shop + "/v1/webhooks/sandboxpay")

	var shop *process
	var killing, longest time.Duration
	for done := 0; done < total; {
		b.overdue() // what the last round's buyers left unpaid expires in this one
		home := m.open(t.Context(), rng, buyers)
		began := time.Now()
		for end := min(total, done+killsPerRound); done < end; done++ {
			start := time.Now()
			shop = p.open()
			if rng.IntN(5) == 0 { // while it starts, sometimes
				moment(rng, 300*time.Millisecond)
			} else {
				p.ready(shop)
				longest = max(longest, time.Since(start))
				moment(rng, 1500*time.Millisecond)
			}
			shop.kill()
		}
		killing += time.Since(began)
		shop = p.open()
		home()
		for _, err := range m.wrong {
			t.Error(err)
		}
		b.settled(shop)
		b.agree(m, provider, seeded)
		if err := shop.stop(); err != nil {
			t.Errorf("the shop did not close in good order: %v", err)
		}
		if t.Failed() {
			break
		}
		t.Logf("after %d kills: %d orders, all books agree", done, m.counts["order placed"])
	}
	m.counts["order expired"] = int(b.number(`SELECT COUNT(*) FROM orders WHERE status = 'expired'`))
	var what []string
	for _, name := range slices.Sorted(maps.Keys(m.counts)) {
		what = append(what, fmt.Sprintf("%s: %d", name, m.counts[name]))
	}
	t.Logf("%d kills, %.0f a minute; slowest start %v; %s", total, float64(total)/killing.Minutes(), longest.Round(time.Millisecond), strings.Join(what, ", "))
	if m.counts["order paid"] < total {
		t.Errorf("only %d orders were paid in %d lives of the shop; that proves little", m.counts["order paid"], total)
	}
}
