package crash

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	_ "modernc.org/sqlite"

	"tradewind/internal/adapter/mailfolder"
	"tradewind/internal/adapter/sandboxpay"
)

// books looks into the shop's database from outside, without its code.
type books struct {
	*place
	db *sql.DB
}

func (p *place) books() *books {
	p.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.dir, "data", "tradewind.db")+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		p.Fatal(err)
	}
	db.SetMaxIdleConns(0) // a file in use by nobody is what the next start finds
	p.Cleanup(func() { db.Close() })
	return &books{p, db}
}

// overdue ends the time to pay of all orders that are placed, as if the shop
// had been shut for that long.
func (b *books) overdue() {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.dir, "data", "tradewind.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE orders SET pay_by = placed_at WHERE status = 'placed'`); err != nil {
		b.Fatal(err)
	}
}

// number returns what a query counts.
func (b *books) number(query string) (n int64) {
	b.Helper()
	if err := b.db.QueryRow(query).Scan(&n); err != nil {
		b.Fatalf("%s: %v", query, err)
	}
	return n
}

// numbers returns a query's pairs of a text and a number.
func (b *books) numbers(query string) map[string]int64 {
	b.Helper()
	out := map[string]int64{}
	for _, row := range b.rows(query) {
		key, text, _ := strings.Cut(row, "\t")
		var n int64
		if _, err := fmt.Sscan(text, &n); err != nil {
			b.Fatalf("%s: %q: %v", query, row, err)
		}
		out[key] = n
	}
	return out
}

// rows returns a query's rows, each as text with tabs.
func (b *books) rows(query string) (out []string) {
	b.Helper()
	r, err := b.db.Query(query)
	if err != nil {
		b.Fatalf("%s: %v", query, err)
	}
	defer r.Close()
	columns, err := r.Columns()
	if err != nil {
		b.Fatal(err)
	}
	for r.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := r.Scan(into...); err != nil {
			b.Fatalf("%s: %v", query, err)
		}
		texts := make([]string, len(columns))
		for i, v := range values {
			texts[i] = fmt.Sprint(v)
		}
		out = append(out, strings.Join(texts, "\t"))
	}
	if err := r.Err(); err != nil {
		b.Fatalf("%s: %v", query, err)
	}
	return out
}

// What may still be under way after everybody went home.
var unsettled = map[string]string{
	"events or jobs wait":  `SELECT (SELECT COUNT(*) FROM outbox WHERE state = 'pending') + (SELECT COUNT(*) FROM queue_job)`,
	"attempts are open":    `SELECT COUNT(*) FROM payment_attempt WHERE status IN ('sent', 'requires_action', 'pending', 'authorised')`,
	"refunds are due":      `SELECT COUNT(*) FROM refund WHERE status = 'due'`,
	"orders should expire": `SELECT COUNT(*) FROM orders WHERE status = 'placed' AND pay_by < strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`,
}

// settled waits until nothing is under way.
func (b *books) settled(shop *process) {
	b.Helper()
	var left string
	defer func() {
		if b.Failed() {
			b.Logf("not settled: %s", left)
			b.Log(strings.Join(b.rows(`SELECT topic, attempts, next_at, last_error FROM outbox WHERE state = 'pending' LIMIT 5`), "\n"))
		}
	}()
	b.until(shop, "the shop to settle", func() bool {
		for what, query := range unsettled {
			if n := b.number(query); n > 0 {
				left = fmt.Sprintf("%d %s", n, what)
				return false
			}
		}
		return true
	})
}

// verified runs `tradewind verify` with the provider's book.
func (p *place) verified(more ...string) {
	p.Helper()
	out, err := p.run(append([]string{"verify", "-json"}, more...)...)
	var report struct {
		Findings []struct{ Check, Subject, Detail string }
	}
	if e := json.Unmarshal([]byte(out), &report); e != nil {
		p.Errorf("tradewind verify: %v, %v: %s", err, e, out)
		return
	}
	for _, f := range report.Findings {
		p.Errorf("finding: %s %s: %s", f.Check, f.Subject, f.Detail)
	}
	if err != nil && len(report.Findings) == 0 {
		p.Error(err)
	}
}

// agree compares everything with everything: what buyers were told, the
// database, the provider's book, the mail, and the stock of the beginning.
func (b *books) agree(m *market, provider *sandboxpay.Client, seeded map[string]int64) {
	b.Helper()
	b.verified("-sandboxpay.url", "http://"+b.pay)
	if damage := b.rows(`PRAGMA integrity_check`); !slices.Equal(damage, []string{"ok"}) {
		b.Errorf("the database file is damaged: %v", damage)
	}
	if dead := b.rows(`SELECT topic, aggregate_id, last_error FROM outbox WHERE state = 'dead'`); len(dead) > 0 {
		b.Errorf("dead letters: %v", dead)
	}
	orders := b.orders()
	b.promises(m, orders)
	b.money(provider, orders)
	b.stock(seeded)
	b.mail(orders)
}

// kept is an order as the database has it.
type kept struct {
	number, total int64
	status        string
}

// sold reports whether the order was paid and not cancelled.
func (o kept) sold() bool {
	return o.status == "paid" || o.status == "shipped" || o.status == "delivered"
}

func (b *books) orders() map[string]kept {
	b.Helper()
	out := map[string]kept{}
	for _, row := range b.rows(`SELECT id, order_number, total_minor, status FROM orders`) {
		var id string
		var o kept
		if _, err := fmt.Sscan(row, &id, &o.number, &o.total, &o.status); err != nil {
			b.Fatalf("%q: %v", row, err)
		}
		out[id] = o
	}
	return out
}

// promises checks that what was answered is so, and that nothing is there that
// was never answered: everybody asked until there was an answer.
func (b *books) promises(m *market, orders map[string]kept) {
	b.Helper()
	told := 0
	m.facts.Range(func(_, v any) bool {
		f := v.(*fact)
		told++
		o := orders[f.ID]
		if f.Status == "placed" && o.status == "expired" { // left unpaid for too long
			o.status = "placed"
		}
		if o != (kept{f.Number, f.Total, f.Status}) {
			b.Errorf("the buyer of order %s was told number %d, total %d, %s; the shop has %+v", f.ID, f.Number, f.Total, f.Status, o)
		}
		return true
	})
	if told != len(orders) {
		b.Errorf("%d orders were answered, the shop has %d", told, len(orders))
	}
}

// money checks the provider's book: each attempt took money once at most, and
// what the shop keeps of an order is its price if it is paid, less what it gave
// back, otherwise nothing.
func (b *books) money(provider *sandboxpay.Client, orders map[string]kept) {
	b.Helper()
	book, err := provider.Book(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	orderOf := map[string]string{}
	for _, row := range b.rows(`SELECT id, order_id FROM payment`) {
		payment, order, _ := strings.Cut(row, "\t")
		orderOf[payment] = order
	}
	has := map[string]int64{}
	for _, e := range book.References {
		payment, _, _ := strings.Cut(e.Reference, "/")
		order := orderOf[payment]
		if _, known := orders[order]; !known {
			b.Errorf("the provider has a charge of %s, which belongs to no order", e.Reference)
		}
		if e.Taken > 1 || e.Charges > 1 {
			b.Errorf("order %s: attempt %s was charged %d times", order, e.Reference, e.Taken)
		}
		has[order] += e.Captured - e.Refunded
	}
	back := b.numbers(`SELECT p.order_id, SUM(r.minor) FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.cause <> 'late' AND r.status = 'done' GROUP BY p.order_id`)
	for id, o := range orders {
		want := int64(0)
		if o.sold() {
			want = o.total - back[id]
		}
		if has[id] != want {
			b.Errorf("order %s of %d is %s, and the provider took %d for it", id, o.total, o.status, has[id])
		}
	}
}

// stock checks that what is there and what was sold is what there was.
func (b *books) stock(seeded map[string]int64) {
	b.Helper()
	const wanted = `SELECT l.sku, SUM(l.qty - l.cancelled) FROM order_line l JOIN orders o ON o.id = l.order_id WHERE o.status `
	sold, held := b.numbers(wanted+`IN ('paid', 'shipped', 'delivered') GROUP BY l.sku`), b.numbers(wanted+`= 'placed' GROUP BY l.sku`)
	for sku, n := range b.numbers(`SELECT l.sku, SUM(r.restocked) FROM return_line r JOIN order_line l ON l.order_id = r.order_id AND l.line_no = r.line_no GROUP BY l.sku`) {
		sold[sku] -= n
	}
	reserved := b.numbers(`SELECT sku, reserved FROM stock`)
	for sku, n := range b.numbers(`SELECT sku, on_hand FROM stock`) {
		if n+sold[sku] != seeded[sku] || reserved[sku] != held[sku] {
			b.Errorf("%s: there were %d, %d were sold, %d are there; %d are reserved, placed orders want %d", sku, seeded[sku], sold[sku], n, reserved[sku], held[sku])
		}
	}
}

// mail checks that each paid order was confirmed once, and no other.
func (b *books) mail(orders map[string]kept) {
	b.Helper()
	folder, err := mailfolder.Open(mailfolder.Config{Dir: filepath.Join(b.dir, "data", "mail"), From: "a@example.com"})
	if err != nil {
		b.Fatal(err)
	}
	sent, err := folder.List(1 << 30)
	if err != nil {
		b.Fatal(err)
	}
	confirmed, wasPaid := map[string]int{}, b.numbers(`SELECT order_id, 1 FROM order_history WHERE to_status = 'paid' GROUP BY order_id`)
	for _, s := range sent {
		confirmed[s.OrderID]++
	}
	for id, o := range orders {
		if want := map[bool]int{true: 1}[o.sold() || wasPaid[id] > 0]; confirmed[id] != want {
			b.Errorf("order %s is %s and has %d confirmations", id, o.status, confirmed[id])
		}
		delete(confirmed, id)
	}
	for id := range confirmed {
		b.Errorf("a mail confirms order %q, which does not exist", id)
	}
}
