package crash

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lives is how often a tool is killed before it may come to its end.
const lives = 8

// killed runs the program and kills it, each time at a random moment of the
// first part of the time that a whole run takes, so that the last lives have
// something to do, too. It reports how many runs came to their end before that.
func (p *place) killed(rng *rand.Rand, whole time.Duration, args ...string) (ended int) {
	p.Helper()
	whole /= 3
	for range lives {
		r := p.start("tool.log", args...)
		select {
		case <-r.over:
			ended++
			if r.err != nil {
				p.Fatalf("tradewind %s: %v\n%s", strings.Join(args, " "), r.err, p.tail("tool.log", 5))
			}
		case <-time.After(time.Duration(rng.Int64N(int64(whole)))):
			r.kill()
		}
	}
	return ended
}

// timed runs the program to its end and says how long it took.
func (p *place) timed(args ...string) time.Duration {
	p.Helper()
	began := time.Now()
	p.must(args...)
	return time.Since(began)
}

// same fails unless a query gives the same rows in both databases.
func same(t *testing.T, what string, straight, killed *books, query string) {
	t.Helper()
	want, got := straight.rows(query), killed.rows(query)
	if len(want) == 0 {
		t.Errorf("%s: there is nothing to compare", what)
	}
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			t.Errorf("%s: %d rows after kills, %d after a straight run; the first difference is row %d", what, len(got), len(want), i)
			t.Logf("want %v\ngot  %v", want[min(i, len(want)):min(i+1, len(want))], got[min(i, len(got)):min(i+1, len(got))])
			return
		}
	}
}

func TestKilledMigrationGoesOn(t *testing.T) {
	rng := chance(t)
	straight := newPlace(t)
	whole := straight.timed("migrate", "up")
	for round := range 3 {
		p := newPlace(t)
		ended := p.killed(rng, whole, "migrate", "up")
		p.must("migrate", "up")
		same(t, "schema", straight.books(), p.books(), `SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name`)
		same(t, "steps", straight.books(), p.books(), `SELECT migration, step_no, text_hash FROM schema_step ORDER BY migration, step_no`)
		t.Logf("round %d: %d of %d runs were killed", round, lives-ended, lives)
	}
}

// goods are the tables that an import fills, without ids and times.
var goods = map[string]string{
	"products": `SELECT p.slug, p.title, p.description, b.title, c.slug, p.status, p.tax_class, p.version FROM product p JOIN category c ON c.id = p.category_id LEFT JOIN brand b ON b.id = p.brand_id ORDER BY p.slug`,
	"variants": `SELECT v.sku, p.slug, v.title, v.options, v.barcode, v.weight_g, v.position, x.currency, x.minor, x.compare_at_minor
		FROM variant v JOIN product p ON p.id = v.product_id JOIN price x ON x.sku = v.sku ORDER BY v.sku, x.currency`,
	"attributes": `SELECT p.slug, a.name, a.position, a.value_text, a.value_milli FROM product_attribute a JOIN product p ON p.id = a.product_id ORDER BY p.slug, a.name, a.position`,
	"listings":   `SELECT p.slug, l.currency, l.minor, l.title_key, COUNT(*) FROM listing l JOIN product p ON p.id = l.product_id GROUP BY p.slug, l.currency, l.minor, l.title_key ORDER BY p.slug, l.currency`,
	"stock":      `SELECT sku, on_hand, reserved FROM stock ORDER BY sku`,
	"ledger":     `SELECT sku, reason, on_hand_delta FROM stock_movement ORDER BY sku`,
	"events": `SELECT p.slug, o.topic, o.aggregate_seq FROM outbox o JOIN product p ON p.id = o.aggregate_id
		UNION SELECT p.slug, o.topic, 1 FROM outbox o JOIN json_each(o.payload, '$.product_ids') j JOIN product p ON p.id = j.value WHERE o.topic = 'products.added'
		ORDER BY 1, 3`,
	"categories": `SELECT c.slug, c.title, up.slug FROM category c LEFT JOIN category up ON up.id = c.parent_id ORDER BY c.slug`,
}

// writeGoods makes a file of n products to import; edition makes them differ.
func (p *place) writeGoods(name string, n, edition int) {
	p.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"slug":"crate-%d","title":"Crate %d of zinnober","description":"Edition %d.","brand":"Brine","category":["Yard","Crates %d"],"attributes":{"depth":%d,"stackable":true},`+
			`"variants":[{"sku":"CR-%d-S","weight_g":900,"prices":{"EUR":"%d.50","USD":"%d.00"},"stock":%d},{"sku":"CR-%d-L","weight_g":1900,"prices":{"EUR":"%d.90"},"stock":7}]}`+"\n",
			i, i, edition, i%7, i%40, i, 5+i%30, 6+i%30, 10*edition+i%9, i, 15+i%30)
	}
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(b.String()), 0o600); err != nil {
		p.Fatal(err)
	}
}

func TestKilledImportEndsAsAStraightOne(t *testing.T) {
	rng := chance(t)
	straight, p := newPlace(t), newPlace(t)
	for _, x := range []*place{straight, p} {
		x.must("migrate", "up")
	}
	for edition := 1; edition <= 2; edition++ { // new products, then changed ones
		file := fmt.Sprintf("goods-%d.jsonl", edition)
		straight.writeGoods(file, 1200, edition)
		p.writeGoods(file, 1200, edition)
		whole := straight.timed("import", "-quiet", file)
		ended := p.killed(rng, whole, "import", "-quiet", file)
		p.must("import", "-quiet", file)
		for what, query := range goods {
			same(t, fmt.Sprintf("edition %d: %s", edition, what), straight.books(), p.books(), query)
		}
		p.verified()
		t.Logf("edition %d: %d of %d runs were killed", edition, lives-ended, lives)
	}
}

// found is how many products the shop's search finds; -1 is no answer.
func (p *place) found(word string) int64 {
	r, err := probe.Get("http://" + p.shop + "/v1/search?limit=1&q=" + word)
	if err != nil {
		return -1
	}
	defer r.Body.Close()
	list := struct{ Total int64 }{-1}
	_ = json.NewDecoder(r.Body).Decode(&list) // anything else is no answer
	return list.Total
}

func TestKilledReindexLeavesAnIndexThatAnswers(t *testing.T) {
	rng := chance(t)
	p := newPlace(t)
	const n = 3000
	p.writeGoods("goods.jsonl", n, 1)
	p.must("import", "-quiet", "goods.jsonl")
	p.provider("http://" + p.shop + "/v1/webhooks/sandboxpay")
	complete := func(what string) {
		t.Helper()
		shop := p.open()
		p.until(shop, "a complete index "+what, func() bool { return p.found("zinnober") == n })
		if err := shop.stop(); err != nil {
			t.Errorf("the shop did not close in good order: %v", err)
		}
	}
	complete("at first")
	whole := p.timed("reindex")
	for range 3 {
		ended := p.killed(rng, whole, "reindex")
		complete("after killed rebuilds")
		t.Logf("%d of %d rebuilds were killed", lives-ended, lives)
	}

	// The index is lost, products change, and the shop is killed while it makes
	// the index again.
	for edition := 2; edition < 6; edition++ {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.RemoveAll(filepath.Join(p.dir, "data", "search.db"+suffix)); err != nil {
				t.Fatal(err)
			}
		}
		p.writeGoods("few.jsonl", 30, edition)
		p.must("import", "-quiet", "few.jsonl")
		shop := p.open()
		p.ready(shop)
		moment(rng, whole/2)
		shop.kill()
		shop = p.open()
		p.books().settled(shop)
		shop.kill()
		complete("after it was lost")
	}
}
