package verify_test

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "modernc.org/sqlite"

	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/demo"
	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/checkout"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/shopping"
	"tradewind/internal/service/verify"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }
func newID() string  { return uuid.Must(uuid.NewV7()).String() }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), config(path), migrations.FS, sqlstore.Options{})
	check(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func config(path string) sqlstore.Config {
	return sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: path, PoolSize: 2}
}

// spoil changes the file behind the shop's back; no constraint is in the way.
func spoil(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=ignore_check_constraints(1)&_pragma=foreign_keys(0)")
	check(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	r, err := db.Exec(statements)
	check(t, err)
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changes %d rows, %v", statements, n, err)
	}
}

// sample is the file of a shop whose books agree: the demo catalogue and one
// order each that is placed, paid, cancelled, and paid after it was cancelled.
type sample struct {
	file  []byte
	names *strings.Replacer       // $paid and so on to the order's id, $paid.ref to its charge's reference
	book  map[string]verify.Taken // the provider's
}

func newSample(t *testing.T) sample {
	t.Helper()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "shop.db")
	m, err := sqlstore.OpenMigrator(ctx, config(path), migrations.FS, now)
	check(t, err)
	_, err = m.Up(ctx)
	check(t, err)
	check(t, m.Close())
	db := open(t, path)
	stock := int64(9)
	_, err = demo.Seed(ctx, db, demo.Options{Now: now, NewID: newID, Stock: &stock})
	check(t, err)
	provider, err := sandboxpay.Config{Addr: "127.0.0.1:0", Key: "k", WebhookSecret: "s"}.Listen("")
	check(t, err)
	defer provider.Close()
	client := sandboxpay.NewClient(provider.URL, "k", "s", 10*time.Second)
	tokens, err := token.NewMaker([]byte("a secret of at least 32 characters"))
	check(t, err)
	shop := &shopping.Service{DB: db, Config: shopping.Config{KeepFor: time.Hour}, Tokens: tokens, Now: now, NewID: newID}
	orders := &checkout.Service{DB: db, Config: checkout.Config{HoldFor: time.Hour}, Tokens: tokens, Now: now, NewID: newID, NewIDAt: ident.At}
	const refund = "0195503d-0000-7000-8000-000000000001"
	settle := &settlement.Service{DB: db, Provider: client, Now: now, NewID: func() string { return refund }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	skus, _, _, err := db.Read().Stock.Check(ctx, "", 1, nil)
	check(t, err)
	if len(skus) > 0 {
		t.Fatalf("the stock of the demo shop does not agree: %v", skus)
	}

	var names []string
	place := func(name, method string) (id, tok, paymentID string) {
		v, tok, err := shop.Start(ctx, shopping.StartCart{Currency: "EUR", Items: []cart.Item{{SKU: firstSKU(t, db), Qty: 2}}})
		check(t, err)
		_, err = shop.AddCode(ctx, shopping.Access{ID: v.Cart.ID, Token: tok}, "FIRST100")
		check(t, err)
		o, tok, err := orders.Place(ctx, checkout.PlaceOrder{CartID: v.Cart.ID, CartToken: tok, Email: "ada@example.com",
			ShipTo: order.Address{Name: "Ada", Line1: "Weg 1", City: "Ulm", Postcode: "89073", Country: "DE"}})
		check(t, err)
		if method != "" {
			_, err = settle.Collect(ctx, settlement.Pay{OrderID: o.ID, Token: tok, Method: method})
			check(t, err)
		}
		due, err := db.Read().Payments.ByOrder(ctx, o.ID)
		check(t, err)
		names = append(names, "$"+name+".ref", due.ID+"/1", "$"+name, o.ID)
		return o.ID, tok, due.ID
	}
	cancel := func(id, tok string) {
		_, err := orders.Cancel(ctx, id, tok, "", idempotency.Request{})
		check(t, err)
	}
	place("placed", "")
	place("paid", "tok_ok")
	id, tok, _ := place("cancelled", "")
	cancel(id, tok)
	id, tok, paymentID := place("late", "tok_delayed")
	cancel(id, tok)
	a, _, err := db.Read().Payments.LastAttempt(ctx, paymentID)
	check(t, err)
	st, err := client.Settle(ctx, a.ProvRef)
	check(t, err)
	check(t, settle.Apply(ctx, payment.Notice{ID: "late", State: st, At: noon}))
	check(t, settle.Refund(ctx, refund))

	s := sample{names: strings.NewReplacer(names...), book: map[string]verify.Taken{}}
	book, err := client.Book(ctx, "")
	check(t, err)
	for _, e := range book.References {
		s.book[e.Reference] = verify.Taken{Times: e.Taken, Kept: e.Captured - e.Refunded}
	}
	check(t, db.Close())
	s.file, err = os.ReadFile(path)
	check(t, err)
	return s
}

func firstSKU(t *testing.T, db *sqlstore.DB) string {
	t.Helper()
	page, err := db.Read().Catalog.Page(t.Context(), "", 1)
	check(t, err)
	return page[0].Variants[0].SKU
}

// TestEveryBookThatIsSpoiledIsFound changes one book of a shop at a time.
func TestEveryBookThatIsSpoiledIsFound(t *testing.T) {
	s := newSample(t)
	const thatSKU = `(SELECT sku FROM order_line WHERE order_id = '$paid')`
	const longest = `(SELECT chain_no FROM audit_entry GROUP BY chain_no ORDER BY COUNT(*) DESC, chain_no LIMIT 1)`
	tests := map[string]struct {
		sql  string                             // spoils the database
		book func(book map[string]verify.Taken) // spoils the provider's book
		want []string                           // checks with findings, sorted
		says string                             // a part of the first finding
		lost int64                              // orders that are not there any more
	}{
		"nothing": {},

		"stock counter": {sql: `UPDATE stock SET on_hand = on_hand + 1 WHERE sku = ` + thatSKU, want: []string{"stock"}, says: "on hand 8 (ledger 7)"},
		"reserved":      {sql: `UPDATE stock SET reserved = reserved - 1 WHERE sku = ` + thatSKU, want: []string{"stock"}, says: "reserved 1 (held by orders 2)"},
		"ledger changed": {sql: `UPDATE stock_movement SET on_hand_delta = on_hand_delta + 1 WHERE reason = 'sale'`,
			want: []string{"stock"}, says: "on hand 7 (ledger 8)"},
		"ledger entry removed": {sql: `DELETE FROM stock_movement WHERE reason = 'sale'`, want: []string{"stock"}, says: "on hand 7 (ledger 9)"},
		"stock removed":        {sql: `DELETE FROM stock WHERE sku = ` + thatSKU, want: []string{"stock"}, says: "on hand 0 (ledger 7)"},
		"last stock removed":   {sql: `DELETE FROM stock WHERE sku = (SELECT MAX(sku) FROM stock)`, want: []string{"stock"}, says: "on hand 0 (ledger 9)"},
		"reservation changed":  {sql: `UPDATE reservation SET qty = 1 WHERE order_id = '$placed'`, want: []string{"order", "stock"}, says: "held by orders 1"},
		"reservation removed":  {sql: `DELETE FROM reservation WHERE order_id = '$placed'`, want: []string{"order", "stock"}, says: "held by orders 0"},
		"reservation comes back": {sql: `UPDATE reservation SET state = 'held' WHERE order_id = '$paid'`,
			want: []string{"order", "order", "stock"}, says: "held by orders 4"},
		"incoming": {sql: `UPDATE stock SET incoming = 1 WHERE sku = ` + thatSKU, want: []string{"stock"}, says: "incoming 1 (ledger 0, on their way 0)"},
		"goods on their way that nobody counts": {sql: `INSERT INTO inbound (id, to_id, state, created_at) VALUES ('in-1', 'main', 'sent', '2026');
			INSERT INTO inbound_line (inbound_id, sku, qty) VALUES ('in-1', ` + thatSKU + `, 3)`, want: []string{"stock"}, says: "incoming 0 (ledger 0, on their way 3)"},
		"transfer that never arrives": {sql: `UPDATE stock SET on_hand = on_hand - 2 WHERE sku = ` + thatSKU + `;
			INSERT INTO stock_movement (id, sku, location_id, bucket_no, reason, on_hand_delta, moved_at) VALUES ('m', ` + thatSKU + `, 'main', 0, 'transfer_out', -2, '2026')`,
			want: []string{"transfer"}, says: "2 units left one location"},
		"reservation of nobody": {sql: `UPDATE reservation SET order_id = 'nobody' WHERE order_id = '$placed'`, want: []string{"order", "reservation"}, says: "nobody: stock is held"},
		"bundle in a bundle": {sql: `INSERT INTO bundle_item (sku, component_sku, qty) VALUES ('X', 'Y', 1), ('Y', 'Z', 1);
			INSERT INTO stock_policy (sku, tracking) VALUES ('X', 'bundle'), ('Y', 'bundle')`, want: []string{"bundle"}, says: "X: the bundle is nested"},
		"sale of another thing": {sql: `UPDATE order_line SET sku = 'OTHER' WHERE order_id = '$paid'`, want: []string{"order"}, says: "its lines are [{OTHER 2}]"},
		"bundle without parts":  {sql: `INSERT INTO stock_policy (sku, tracking) VALUES (` + thatSKU + `, 'bundle')`, want: []string{"bundle"}, says: "has no components"},

		"promotion counter":     {sql: `UPDATE promotion_code SET used = used + 1 WHERE code = 'FIRST100'`, want: []string{"promotion"}, says: "the counter"},
		"promotion over budget": {sql: `UPDATE promotion_code SET max_uses = 0 WHERE code = 'FIRST100'`, want: []string{"promotion"}, says: "above the budget"},
		"promotion use removed": {sql: `DELETE FROM promotion_use WHERE order_id = '$paid'`, want: []string{"promotion"}, says: "differs from the recorded uses"},

		"listing removed":         {sql: `DELETE FROM listing WHERE product_id = (SELECT MIN(product_id) FROM listing)`, want: []string{"listing"}, says: "not listed as"},
		"listing at an old price": {sql: `UPDATE listing SET minor = minor + 1 WHERE product_id = (SELECT MAX(product_id) FROM listing)`, want: []string{"listing"}, says: "not listed as"},
		"excluded and listed": {sql: `INSERT INTO collection_pick (product_id, collection_id, kind)
			SELECT product_id, category_id, 'exclude' FROM listing WHERE category_id IN (SELECT id FROM collection) LIMIT 1`, want: []string{"listing"}, says: "not listed as"},

		"order total": {sql: `UPDATE orders SET total_minor = total_minor - 1 WHERE id = '$paid'`, want: []string{"order", "order"}, says: "do not add up"},
		"order line":  {sql: `UPDATE order_line SET qty = qty + 1 WHERE order_id = '$paid'`, want: []string{"order", "order"}, says: "do not add up"},
		"lines gone":  {sql: `DELETE FROM order_line WHERE order_id = '$paid'`, want: []string{"order", "order"}, says: "do not add up"},
		"discount":    {sql: `UPDATE orders SET discount_minor = discount_minor + 1 WHERE id = '$cancelled'`, want: []string{"order"}, says: "do not add up"},

		"paid without payment":   {sql: `UPDATE payment SET status = 'due' WHERE order_id = '$paid'`, want: []string{"order"}, says: "the order is paid but its payment is due"},
		"paid without money":     {sql: `UPDATE orders SET status = 'paid' WHERE id = '$cancelled'`, want: []string{"order", "order", "payment"}, says: "its payment is void"},
		"placed though captured": {sql: `UPDATE orders SET status = 'placed' WHERE id = '$paid'`, want: []string{"order", "order", "order", "payment"}, says: "its payment is captured"},
		"payment amount":         {sql: `UPDATE payment SET minor = minor + 1 WHERE order_id = '$paid'`, want: []string{"order", "payment"}, says: "but its payment is of"},
		"payment removed":        {sql: `DELETE FROM payment WHERE order_id = '$cancelled'`, want: []string{"order"}, says: "there is no payment"},
		"attempt not captured": {sql: `UPDATE payment_attempt SET status = 'void' WHERE payment_id = (SELECT id FROM payment WHERE order_id = '$paid')`,
			want: []string{"payment", "payment"}, says: "attempt 1 is void here, but the provider holds"},
		"attempt removed": {sql: `DELETE FROM payment_attempt WHERE payment_id = (SELECT id FROM payment WHERE order_id = '$paid')`,
			want: []string{"payment", "payment", "payment"}, says: "attempt 1 of 1 is missing"},
		"refund forgotten": {sql: `UPDATE payment_attempt SET status = 'captured' WHERE payment_id = (SELECT id FROM payment WHERE order_id = '$late')`,
			want: []string{"payment", "payment"}, says: "attempt 1 is captured here, but the provider holds 0"},

		"audit entry changed":  {sql: `UPDATE audit_entry SET actor = 'nobody' WHERE seq = 1 AND chain_no = ` + longest, want: []string{"audit"}, says: "entry 1"},
		"audit detail changed": {sql: `UPDATE audit_entry SET details = '{}' WHERE action = 'payment.captured'`, want: []string{"audit"}, says: "the entry was changed or removed"},
		"audit entry removed":  {sql: `DELETE FROM audit_entry WHERE seq = 1 AND chain_no = ` + longest, want: []string{"audit"}, says: "entry 1: the entry was changed or removed"},
		// The refund was the last thing that happened, so it ends its chain whichever orders share it.
		"audit end removed": {sql: `DELETE FROM audit_entry WHERE action = 'refund.done'`, want: []string{"audit"}, says: "its head says"},
		"audit head moved":  {sql: `UPDATE audit_head SET seq = seq - 1 WHERE chain_no = ` + longest, want: []string{"audit"}, says: "its head says"},
		"audit head of another hash": {sql: `UPDATE audit_head SET hash = zeroblob(32) WHERE chain_no = ` + longest,
			want: []string{"audit"}, says: "its head says"},
		"audit head removed": {sql: `DELETE FROM audit_head WHERE chain_no = ` + longest, want: []string{"audit"}, says: "its head says 0"},
		"audit removed with its heads": {sql: `DELETE FROM audit_head; DELETE FROM audit_entry`,
			want: []string{"audit"}, says: "4 orders, but only 0 entries"},

		"order lost": {sql: `DELETE FROM orders WHERE id = '$cancelled'`, lost: 1, want: []string{"order"}, says: "$cancelled: it was placed, and is neither there nor purged"},
		"order lost with its money": {sql: `DELETE FROM orders WHERE id = '$paid'; DELETE FROM payment WHERE order_id = '$paid'`,
			lost: 1, want: []string{"order", "payment"}, says: "there is no such attempt"},
		"order lost and called purged": {sql: `INSERT INTO purged_order (order_id, order_number, token_hash, archive, payment_id, attempts, currency, kept_minor, purged_at)
			SELECT o.id, order_number, token_hash, '2026-03-eu', p.id, attempts, p.currency, minor, placed_at FROM orders o JOIN payment p ON p.order_id = o.id WHERE o.id = '$paid';
			DELETE FROM orders WHERE id = '$paid'`, lost: 1, want: []string{"order"}, says: "but the audit knows nothing of it"},

		"dead event": {sql: `UPDATE outbox SET state = 'dead', last_error = 'the printer burns' WHERE aggregate_id = '$paid' AND topic = 'order.paid'`,
			want: []string{"outbox"}, says: "the event order.paid of $paid is dead: the printer burns"},

		"dead job": {sql: `INSERT INTO queue_letter (letter_key, channel, kind, job_id, body, deliveries, last_error, put_at, died_at)
			VALUES ('receipts/1', 'mail', 'receipts', '1', '{}', 12, 'no route', '2026-03-01T12:00:00.000000Z', '2026-03-01T12:00:00.000000Z')`, want: []string{"queue"}, says: "receipts/1: the job is dead: no route"},
		"pick list with a unit too few": {sql: `INSERT INTO pick_list (id, order_id, location_id, state, version, created_at, updated_at)
			VALUES ('l', '$paid', 'main', 'open', 1, '2026-03-01T12:00:00.000000Z', '2026-03-01T12:00:00.000000Z');
			INSERT INTO pick_list_line (list_id, line_no, qty) VALUES ('l', 1, 1)`, want: []string{"order"}, says: "$paid: line 1 has 2 units to send, and 1 are on pick lists"},

		"an order of nobody": {sql: `UPDATE orders SET customer_id = 'nobody' WHERE id = '$paid'`, want: []string{"order"}, says: "$paid: it belongs to the customer nobody"},
		"staff without an owner": {sql: `INSERT INTO staff (id, email, email_key, name, password_hash, status, totp_step, version, created_at, updated_at)
			VALUES ('s', 's@x', 's@x', 'S', 'none', 'active', 0, 1, '2026-03-01T12:00:00.000000Z', '2026-03-01T12:00:00.000000Z')`, want: []string{"staff"}, says: "none of 1 members of staff"},
		"two default addresses": {sql: `INSERT INTO customer (id, email, email_key, name, password_hash, status, customer_group, locale, version, created_at, updated_at)
			VALUES ('c', 'c@x', 'c@x', 'C', 'none', 'active', 'standard', 'en', 1, '2026-03-01T12:00:00.000000Z', '2026-03-01T12:00:00.000000Z');
			INSERT INTO customer_address (customer_id, id, address, ships_here, bills_here) VALUES ('c', '1', '{}', 1, 0), ('c', '2', '{}', 1, 0)`,
			want: []string{"customer"}, says: "c: 2 addresses are the default for parcels"},

		"double charge": {book: func(b map[string]verify.Taken) { change(b, s.names.Replace("$paid.ref"), 1, 0) }, want: []string{"payment"}, says: "attempt 1 was charged 2 times"},
		"too little":    {book: func(b map[string]verify.Taken) { change(b, s.names.Replace("$paid.ref"), 0, -1) }, want: []string{"payment"}, says: "attempt 1 is captured here, but the provider holds"},
		"no charge":     {book: func(b map[string]verify.Taken) { delete(b, s.names.Replace("$paid.ref")) }, want: []string{"payment"}, says: "holds 0 of"},
		"money that never went back": {book: func(b map[string]verify.Taken) { change(b, s.names.Replace("$late.ref"), 0, 5) },
			want: []string{"payment"}, says: "attempt 1 is refunded here, but the provider holds 5"},
		"charge of nobody": {book: func(b map[string]verify.Taken) { b["elsewhere/1"] = verify.Taken{Times: 1, Kept: 100} },
			want: []string{"payment"}, says: "there is no such attempt"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "shop.db")
			check(t, os.WriteFile(path, s.file, 0o600))
			if tc.sql != "" {
				spoil(t, path, s.names.Replace(tc.sql))
			}
			book := maps.Clone(s.book)
			if tc.book != nil {
				tc.book(book)
			}
			v := verify.Service{DB: open(t, path), Book: func(context.Context) (map[string]verify.Taken, error) { return book, nil }}
			report, err := v.Run(t.Context())
			check(t, err)
			var got []string
			for _, f := range report.Findings {
				got = append(got, f.Check)
			}
			slices.Sort(got)
			if !slices.Equal(got, tc.want) {
				t.Fatalf("findings are %+v, want %v", report.Findings, tc.want)
			}
			if says := s.names.Replace(tc.says); len(got) > 0 && !strings.Contains(report.Findings[0].Subject+": "+report.Findings[0].Detail, says) {
				t.Errorf("the first finding is %+v, want %q", report.Findings[0], says)
			}
			if report.Orders != 4-tc.lost || report.SKUs == 0 {
				t.Errorf("looked at %d orders and %d SKUs", report.Orders, report.SKUs)
			}
		})
	}
}

func change(book map[string]verify.Taken, ref string, times int, kept int64) {
	t := book[ref]
	book[ref] = verify.Taken{Times: t.Times + times, Kept: t.Kept + kept}
}

func TestABookThatCannotBeReadIsAnError(t *testing.T) {
	s := newSample(t)
	path := filepath.Join(t.TempDir(), "shop.db")
	check(t, os.WriteFile(path, s.file, 0o600))
	v := verify.Service{DB: open(t, path), Book: func(context.Context) (map[string]verify.Taken, error) { return nil, io.ErrUnexpectedEOF }}
	if _, err := v.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "provider's book") {
		t.Errorf("Run: %v, want an error about the provider's book", err)
	}
}
