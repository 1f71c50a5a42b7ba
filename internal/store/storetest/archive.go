package storetest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/archive"
	"tradewind/internal/service/exchange"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/service/settlement"
	"tradewind/internal/store"
)

var archivePromises = map[string]func(t *testing.T, s *shop){
	"an order is archived, purged and comes back as it was": archivedAndBack,
	"what is not over stays":                                openStays,
	"a purge without a word of the audit is found":          purgedInSilence,
	"orders that are gone are told from those purged":       absentOrders,
}

// archivist archives into a folder; orders of the last month are old enough.
func (s *shop) archivist(folder string) *archive.Service {
	return &archive.Service{DB: s.db, Folder: folder, Schema: "test", Now: s.now}
}

// archives purges everything that was placed before this month.
func (s *shop) archives(t testing.TB, folder string) (parts []archive.Result) {
	t.Helper()
	for {
		err := s.archivist(folder).Run(context.Background(), archive.Wish{Before: order.FirstOfMonth(s.now()), Purge: true}, func(r archive.Result) { parts = append(parts, r) })
		if err != nil && fault.Code(err) != "archive-unsteady" {
			t.Error(err)
		}
		if fault.Code(err) != "archive-unsteady" {
			return parts
		}
	}
}

// tells delivers every event there is.
func (s *shop) tells(t testing.TB) {
	t.Helper()
	for n := 1; n > 0; {
		s.in(t, func(tx store.Stores) error {
			batch, err := tx.Outbox.Claim(context.Background(), "teller", s.now(), s.now().Add(time.Minute), 100)
			if n = len(batch); err != nil || n == 0 {
				return err
			}
			var ids []string
			for _, m := range batch {
				ids = append(ids, m.ID)
			}
			_, err = tx.Outbox.Done(context.Background(), "teller", s.now(), ids)
			return err
		})
	}
}

// delivered sells, ships and delivers an order; whatever it tells is heard.
func (s *shop) delivered(t testing.TB, sku string, minor, qty int64) order.Order {
	t.Helper()
	o := s.sent(t, sku, minor, qty)
	if _, err := s.fulfil.Invoice(context.Background(), o.ID); err != nil {
		t.Fatal(err)
	}
	s.arrives(t, o.ID)
	s.tells(t)
	return o
}

func (s *shop) arrives(t testing.TB, id string) {
	t.Helper()
	sent, err := s.db.Read().AfterSales.Shipments(context.Background(), id)
	for _, sh := range sent {
		if err == nil {
			_, err = s.fulfil.Deliver(context.Background(), id, sh.ID, "carrier:gull")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func archivedAndBack(t *testing.T, s *shop) {
	ctx, folder := context.Background(), t.TempDir()
	p := promotion.Promotion{ID: newID(), Title: "Once", Kind: promotion.Percent, Active: true, Terms: promotion.Terms{PercentPPM: 100_000}, Budget: promotion.Budget{Uses: 5, PerCustomer: 1}, UpdatedAt: start}
	s.offer(t, "ONCE", p, 5)
	s.sell(t, "OLD", 1999, 9)
	b, err := s.fill(ctx, "OLD", 3, "ONCE")
	if err != nil {
		t.Fatal(err)
	}
	o, tok, err := s.checkout.Place(ctx, b.placed(idempotency.Request{}))
	if err == nil {
		_, err = s.settle.Collect(ctx, settlement.Pay{OrderID: o.ID, Token: tok, Method: "ok"})
	}
	if err == nil {
		_, err = s.fulfil.Ship(ctx, fulfilment.Ship{OrderID: o.ID, Carrier: "Gull", Tracking: "7", Actor: clerk})
	}
	if err == nil {
		_, err = s.fulfil.WriteNote(ctx, order.Note{OrderID: o.ID, Author: clerk, Body: "kind"})
	}
	if err == nil {
		_, err = s.fulfil.Invoice(ctx, o.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.arrives(t, o.ID)
	back, err := s.requests(o, 2)
	if err != nil {
		t.Fatal(err)
	}
	s.approves(t, back)
	if _, err := s.receives(back, 2, 1, 0); err != nil {
		t.Fatal(err)
	}
	given := s.pays(t, o.ID)
	s.tells(t)
	record, paid := s.recordOf(t, o.ID)
	before := s.papers(t, o.ID)
	s.pass(40 * 24 * time.Hour)
	s.agrees(t)

	parts := s.archives(t, folder)
	if len(parts) != 1 || parts[0].Purged != 1 || parts[0].Name() != "2026-03-eu" || parts[0].Kept+parts[0].Open != 0 {
		t.Fatalf("archived %+v", parts)
	}
	s.agrees(t)
	read := s.db.Read()
	if _, err := read.Orders.Load(ctx, o.ID); fault.Code(err) != "order-not-found" {
		t.Errorf("a purged order is there: %v", err)
	}
	if _, err := read.Orders.Get(ctx, o.ID, token.Hash(tok)); fault.Code(err) != "order-archived" || !strings.Contains(err.Error(), fmt.Sprint(o.Number)) {
		t.Errorf("its holder is told %v", err)
	}
	if _, err := read.Orders.Get(ctx, o.ID, token.Hash("another")); fault.Code(err) != "order-not-found" {
		t.Errorf("who does not hold it is told %v", err)
	}
	if got := s.papers(t, o.ID); !reflect.DeepEqual(got, before) || len(got) != 2 {
		t.Errorf("of the documents %+v is left %+v", before, got)
	}
	if onHand, reserved := s.stock(t, "OLD"); onHand != 7 || reserved != 0 {
		t.Errorf("%d on hand, %d reserved", onHand, reserved)
	}
	again, err := s.fill(ctx, "OLD", 1, "ONCE")
	if err == nil {
		_, _, err = s.checkout.Place(ctx, again.placed(idempotency.Request{}))
	}
	if fault.Code(err) != "promotion-used-by-you" {
		t.Errorf("once for each customer, once more after the purge: %v", err)
	}
	if left, err := read.Orders.Purged(ctx, "", 9); err != nil || len(left) != 1 || left[0].Kept != o.Total-given || left[0].Attempts != 1 || left[0].Archive != "2026-03-eu" {
		t.Errorf("remembered is %+v, %v", left, err)
	}

	s.brings(t, parts[0].File)
	got, gotPaid := s.recordOf(t, o.ID)
	for i := range paid.Tries { // hashes of payment methods leave the shop with nobody
		paid.Tries[i].MethodHash = make([]byte, 32)
	}
	if !reflect.DeepEqual(got, record) || !reflect.DeepEqual(gotPaid, paid) {
		t.Errorf("it came back as %+v %+v\nand was %+v %+v", got, gotPaid, record, paid)
	}
	if _, err := read.Orders.Get(ctx, o.ID, token.Hash(tok)); err != nil {
		t.Errorf("its holder cannot see it again: %v", err)
	}
	if left, err := read.Orders.Purged(ctx, "", 9); err != nil || len(left) != 0 {
		t.Errorf("it is there and purged: %+v, %v", left, err)
	}
	s.agrees(t)
	if parts := s.archives(t, folder); len(parts) != 1 || parts[0].Written || parts[0].Purged != 1 {
		t.Errorf("archived again: %+v", parts)
	}
	s.agrees(t)
}

func (s *shop) papers(t testing.TB, id string) []order.Invoice {
	t.Helper()
	list, err := s.db.Read().AfterSales.Invoices(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// unpacked is what a file of the archive holds.
func unpacked(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(in); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// brings imports a file of the archive.
func (s *shop) brings(t testing.TB, path string) {
	t.Helper()
	tokens, err := token.NewMaker([]byte("a secret of at least 32 characters"))
	if err != nil {
		t.Fatal(err)
	}
	text := unpacked(t, path)
	hash := sha256.Sum256([]byte(text))
	importer := &exchange.Service{DB: s.db, Tokens: tokens, Now: s.now, NewID: newID}
	run, err := importer.Import(context.Background(), strings.NewReader(text), exchange.Import{What: "orders", Format: "jsonl", Hash: hash[:], Actor: "import"})
	if err != nil || run.Counts.Added == 0 || run.Counts.Failed > 0 {
		t.Fatalf("%s: %+v, %v", path, run.Counts, err)
	}
}

func openStays(t *testing.T, s *shop) {
	ctx := context.Background()
	s.sell(t, "PLACED", 500, 1)
	placed, _, err := s.order(ctx, "PLACED", 1)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]order.Status{placed.ID: order.Placed, s.paid(t, "PAID", 500, 1).ID: order.Paid, s.sent(t, "SENT", 500, 1).ID: order.Shipped}
	asked, owed, refused := s.delivered(t, "ASKED", 500, 1), s.delivered(t, "OWED", 500, 1), s.delivered(t, "REFUSED", 500, 1)
	if _, err := s.requests(asked, 1); err != nil {
		t.Fatal(err)
	}
	give := func(o order.Order) payment.Refund {
		r, err := s.fulfil.GiveBack(ctx, fulfilment.GiveBack{OrderID: o.ID, Amount: money.Of(100, "EUR"), Reason: "sorry", Actor: clerk})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	give(owed)
	s.provider.refuses = true
	if err := s.settle.Refund(ctx, give(refused).ID); err != nil {
		t.Fatal(err)
	}
	s.provider.refuses = false
	s.tells(t)
	waiting := s.delivered(t, "WAITING", 500, 1)
	s.in(t, func(tx store.Stores) error {
		return tx.Outbox.Add(ctx, order.EventChanged(s.load(t, waiting.ID), "news", s.now()))
	})
	for _, o := range []order.Order{asked, owed, refused, waiting} {
		want[o.ID] = order.Delivered
	}
	over := s.delivered(t, "OVER", 500, 1)
	s.pass(40 * 24 * time.Hour)
	s.delivered(t, "YOUNG", 500, 1)
	s.in(t, func(tx store.Stores) error { // tells has delivered the news
		return tx.Outbox.Add(ctx, order.EventChanged(s.load(t, waiting.ID), "news", s.now()))
	})
	parts := s.archives(t, t.TempDir())
	if len(parts) != 1 || parts[0].Orders != 1 || parts[0].Purged != 1 || parts[0].Open != int64(len(want)) {
		t.Errorf("archived %+v, and %d should stay", parts, len(want))
	}
	for id, status := range want {
		if got := s.status(t, id); got != status {
			t.Errorf("order %s is %s, and was %s", id, got, status)
		}
	}
	if _, err := s.db.Read().Orders.Load(ctx, over.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("what was over stayed: %v", err)
	}
}

func purgedInSilence(t *testing.T, s *shop) {
	o := s.delivered(t, "SILENT", 500, 1)
	p, err := s.db.Read().Payments.ByOrder(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.in(t, func(tx store.Stores) error {
		return tx.Orders.Purge(t.Context(), []order.Purged{{ID: o.ID, Archive: "nowhere", PaymentID: p.ID, Attempts: 1, Kept: o.Total - 1, At: s.now()}})
	})
	findings := s.findings(t)
	if len(findings) != 2 || !strings.Contains(findings[0], "the audit knows nothing of it") || !strings.Contains(findings[1], fmt.Sprintf("the provider holds %d minor units of the purged order", o.Total)) {
		t.Errorf("found %q", findings)
	}
	err = s.db.InTx(t.Context(), func(tx store.Stores) error {
		return tx.Orders.Purge(t.Context(), []order.Purged{{ID: o.ID, Archive: "nowhere", PaymentID: p.ID, At: s.now()}})
	})
	if err == nil {
		t.Error("an order was purged twice")
	}
}

func absentOrders(t *testing.T, s *shop) {
	var ids, want []string
	for i := range 250 { // more than one list
		id := ident.At(start.AddDate(0, -i, 0))
		ids, want = append(ids, id), append(want, id)
	}
	o := s.paid(t, "THERE", 500, 1)
	got, err := s.db.Read().Orders.Absent(t.Context(), append(ids, o.ID))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("of 251 orders, one of them there, %d are absent: %v", len(got), err)
	}
	regions, err := s.db.Read().Orders.Regions(t.Context(), order.FirstOfMonth(s.now()))
	if err != nil || !reflect.DeepEqual(regions, []string{"eu"}) {
		t.Errorf("the regions of its month are %v, %v", regions, err)
	}
	for _, p := range []order.Part{{Month: order.FirstOfMonth(s.now()), Region: "us"}, {Month: order.FirstOfMonth(s.now()).AddDate(0, 1, 0), Region: "eu"}, {Month: order.FirstOfMonth(s.now()).AddDate(0, -1, 0), Region: "eu"}} {
		if list, err := s.db.Read().Orders.InPart(t.Context(), p, "", 9); err != nil || len(list) > 0 {
			t.Errorf("%s has %v, %v", p.Name(), list, err)
		}
	}
}

// starting tells when the first transaction begins.
type starting struct {
	store.DB
	once  sync.Once
	begun chan struct{}
}

func (d *starting) InTx(ctx context.Context, fn func(tx store.Stores) error) error {
	d.once.Do(func() { close(d.begun) })
	return d.DB.InTx(ctx, fn)
}

// purgeAgainstChange lets clerks and shoppers come back to orders at the moment
// in which these are purged: each is wholly gone and in the file, or wholly there.
func purgeAgainstChange(t *testing.T, s *shop, rounds int) {
	ctx, folder := context.Background(), t.TempDir()
	gone, stayed := 0, 0
	for round := range rounds {
		var orders []order.Order
		for i := range crowd {
			orders = append(orders, s.delivered(t, fmt.Sprintf("PC-%d-%d", round, i), 1000, 2))
		}
		month := order.FirstOfMonth(s.now())
		for order.FirstOfMonth(s.now()).Equal(month) {
			s.pass(24 * time.Hour)
		}
		purge := &starting{DB: s.db, begun: make(chan struct{})}
		archivist := s.archivist(folder)
		archivist.DB = purge
		did := make([]string, len(orders))
		each(len(orders), func(i int) {
			if i == 0 {
				if err := archivist.Run(ctx, archive.Wish{Before: order.FirstOfMonth(s.now()), Purge: true}, func(archive.Result) {}); err != nil {
					t.Error(err)
				}
				return
			}
			<-purge.begun
			o, err, what := orders[i], error(nil), ""
			switch i % 3 {
			case 0:
				what = "return"
				_, err = s.fulfil.RequestReturn(ctx, fulfilment.RequestReturn{OrderID: o.ID, Lines: []order.Pick{{LineNo: 1, Qty: 1}}, Actor: clerk, See: anybody})
			case 1:
				what = "refund"
				_, err = s.fulfil.GiveBack(ctx, fulfilment.GiveBack{OrderID: o.ID, Amount: money.Of(100, "EUR"), Reason: "sorry", Actor: clerk})
			default:
				what = "note"
				_, err = s.fulfil.WriteNote(ctx, order.Note{OrderID: o.ID, Author: clerk, Body: "hello"})
			}
			if err == nil {
				did[i] = what
			} else if fault.Code(err) != "order-not-found" {
				t.Errorf("%s: %v", what, err)
			}
		})
		for i, o := range orders {
			if s.goneOrThere(t, folder, o, did[i]) {
				gone++
			} else {
				stayed++
			}
		}
		s.tells(t)
		s.archives(t, folder) // so that only those of the next round are purged in it
	}
	t.Logf("%d orders were purged and %d stayed", gone, stayed)
}

// goneOrThere fails unless the order has what was done to it, or is in the
// archive, nothing was done to it, and it was purged.
func (s *shop) goneOrThere(t testing.TB, folder string, o order.Order, did string) (gone bool) {
	t.Helper()
	_, err := s.db.Read().Orders.Load(context.Background(), o.ID)
	if err == nil {
		r, p := s.recordOf(t, o.ID)
		if has := map[string]int{"note": len(r.Notes), "return": len(r.Returns), "refund": len(p.Backs)}; has[did] != 1 || has["note"]+has["return"]+has["refund"] != 1 || len(r.Lines) != 1 || int64(len(r.History)) < r.Version {
			t.Errorf("%q was done to an order, which is now %+v %+v", did, r, p)
		}
		return false
	}
	if fault.KindOf(err) != fault.NotFound {
		t.Fatal(err)
	}
	part := order.Part{Month: order.FirstOfMonth(o.PlacedAt), Region: o.Region}
	files, err := filepath.Glob(filepath.Join(folder, part.Name()+".*jsonl.gz"))
	if err != nil || len(files) != 1 || !strings.Contains(unpacked(t, files[0]), o.ID) {
		t.Fatalf("an order of %s was purged and is not in %v: %v", part.Name(), files, err)
	}
	if did != "" {
		t.Errorf("a %s was given to an order that was purged", did)
	}
	return true
}
