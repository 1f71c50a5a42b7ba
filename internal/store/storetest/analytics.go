package storetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/analytics"
	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/analysing"
	"tradewind/internal/store"
)

var analyticsPromises = map[string]func(t *testing.T, s *shop){
	"the star schema is what the books say, however it is loaded": starsAgree,
	"what has not changed is not due again":                       starsDue,
	"an entry of the ledger that is seen late is loaded":          starsLate,
	"nothing about people is in the star schema":                  starsAnonymous,
	"what browsers did is there once":                             starsEvents,
}

func (s *shop) analyst() *analysing.Service {
	return &analysing.Service{DB: s.db, Tokens: token.Maker{Secret: bytes.Repeat([]byte("s"), 32)}, Now: s.now}
}

// historyOf is a shop in which all kinds of things happened, by chance.
func (s *shop) historyOf(t *testing.T, rng *rand.Rand, orders int) (ids []string) {
	t.Helper()
	s.promote(t, "STAR10", 0)
	for i := range orders {
		sku := fmt.Sprintf("STAR%d", i)
		qty := 2 + rng.Int64N(4)
		s.pass(time.Duration(rng.Int64N(int64(30 * time.Hour))))
		switch kind := rng.IntN(6); kind {
		case 0: // placed, unpaid, with a code
			s.sell(t, sku, 1000+rng.Int64N(5000), qty)
			o, err := s.buys(sku, "ada@example.com", "STAR10")
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, o.ID)
		case 1, 2: // paid, some of it cancelled
			o := s.paid(t, sku, 1000+rng.Int64N(5000), qty)
			if kind == 2 {
				s.cancels(t, o, 1)
			}
			ids = append(ids, o.ID)
		case 3: // sent
			ids = append(ids, s.sent(t, sku, 1000+rng.Int64N(5000), qty).ID)
		default: // sent, and some of it back
			o := s.sent(t, sku, 1000+rng.Int64N(5000), qty)
			r, err := s.requests(o, 1)
			if err == nil {
				s.approves(t, r)
				_, err = s.receives(r, 1, 1, 0)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.pays(t, o.ID)
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// orderFacts are records that tell of orders, as a log would have them.
func orderFacts(t *testing.T, ids []string) (list []stream.Record) {
	t.Helper()
	for i, id := range ids {
		m, err := fact.Fact{ID: newID(), Type: fact.OrderChanged, Subject: id, At: start, Data: fact.Order{OrderID: id}}.Message("https://shop.example")
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, stream.Record{Offset: int64(i), Key: m.Key, Value: m.Value})
	}
	return list
}

// sums are what the books say of a shop, and the star schema of the same.
type sums struct{ Lines, Units, Cancelled, Returned, Total, Discount, Tax, Captured, Refunded, OnHand int64 }

func (s *shop) booked(t *testing.T, ids []string) (b sums) {
	t.Helper()
	ctx := context.Background()
	skus := map[string]bool{}
	for _, id := range ids {
		o := s.load(t, id)
		for _, l := range o.Lines {
			b.Lines++
			b.Units, b.Cancelled, b.Returned, b.Total, b.Discount, b.Tax = b.Units+l.Qty, b.Cancelled+l.Cancelled, b.Returned+l.Returned, b.Total+l.Total, b.Discount+l.Discount, b.Tax+l.Tax
			skus[l.SKU] = true
		}
		p, err := s.db.Read().Payments.ByOrder(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if p.Status == payment.Captured || p.Status == payment.Refunded {
			b.Captured += p.Amount.Minor
		}
		refunds, err := s.db.Read().Payments.Refunds(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range refunds {
			if r.Status == payment.RefundDone {
				b.Refunded += r.Amount.Minor
			}
		}
	}
	for sku := range skus {
		n, _ := s.stock(t, sku)
		b.OnHand += n
	}
	return b
}

// everything reads all days of all tables.
func (s *shop) everything(t *testing.T) (lines []analytics.Line, pays []analytics.Payment, moves []analytics.Movement, events []analytics.Event) {
	t.Helper()
	ctx, read := context.Background(), s.db.Read().Analytics
	for d := start.Add(-48 * time.Hour); d.Before(s.now().Add(48 * time.Hour)); d = d.Add(24 * time.Hour) {
		day := analytics.DayOf(d)
		var after analytics.Line // in pages of two, so that keys are tried
		for {
			page, err := read.LinesOf(ctx, day, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, page...)
			if len(page) < 2 {
				break
			}
			after = page[1]
		}
		p, e1 := read.PaymentsOf(ctx, day, "", 1000)
		m, e2 := read.MovementsOf(ctx, day, analytics.Movement{}, 1000)
		v, e3 := read.EventsOf(ctx, day, "", 1000)
		for _, err := range []error{e1, e2, e3} {
			if err != nil {
				t.Fatal(err)
			}
		}
		pays, moves, events = append(pays, p...), append(moves, m...), append(events, v...)
	}
	return lines, pays, moves, events
}

func (s *shop) starred(t *testing.T) (b sums) {
	t.Helper()
	lines, pays, moves, _ := s.everything(t)
	for _, l := range lines {
		b.Lines++
		b.Units, b.Cancelled, b.Returned, b.Total, b.Discount, b.Tax = b.Units+l.Qty, b.Cancelled+l.Cancelled, b.Returned+l.Returned, b.Total+l.Total, b.Discount+l.Discount, b.Tax+l.Tax
	}
	for _, p := range pays {
		if p.Kind == "captured" {
			b.Captured += p.Amount.Minor
		} else {
			b.Refunded += p.Amount.Minor
		}
	}
	for _, m := range moves {
		b.OnHand += m.OnHand
	}
	return b
}

func starsAgree(t *testing.T, s *shop) {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 2))
	first := s.historyOf(t, rng, 8)
	a := s.analyst()
	if n, err := a.History(ctx); err != nil || n != 8 {
		t.Fatalf("%d orders of the past, %v", n, err)
	}
	for over := false; !over; {
		var err error
		if over, err = a.Stock(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := s.starred(t), s.booked(t, first); got != want {
		t.Errorf("after the history\n%+v\n%+v", got, want)
	}
	// What happens then comes as facts: some twice, all in any order.
	for i := range 4 {
		s.cancelsIfPaid(t, first[i])
	}
	facts := orderFacts(t, slices.Concat(first, first[:3]))
	rng.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
	for chunk := range slices.Chunk(facts, 4) {
		if err := a.Facts(ctx, chunk); err != nil {
			t.Fatal(err)
		}
	}
	want := s.booked(t, first)
	if got := s.starred(t); got != want {
		t.Errorf("after facts\n%+v\n%+v", got, want)
	}
	before := fmt.Sprint(s.everything(t))
	if err := a.Anew(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := a.History(ctx); err != nil || n != 8 {
		t.Fatalf("%d orders anew, %v", n, err)
	}
	if again := fmt.Sprint(s.everything(t)); again != before {
		t.Errorf("loaded anew it is another\n%s\n%s", again, before)
	}
	figures, err := s.db.Read().Analytics.Figures(ctx, analytics.DayOf(start.Add(-time.Hour*48)), analytics.DayOf(s.now().Add(time.Hour*48)))
	if err != nil {
		t.Fatal(err)
	}
	captured, refunded := int64(0), int64(0)
	for _, f := range figures {
		captured, refunded = captured+f.Captured, refunded+f.Refunded
	}
	if captured != want.Captured || refunded != want.Refunded {
		t.Errorf("figures say %d and %d, the books %d and %d", captured, refunded, want.Captured, want.Refunded)
	}
	list, err := s.db.Read().Analytics.Products(ctx, "", 1000)
	if err != nil || len(list) < 8 || list[0].Title == "" || list[0].ProductID == "" {
		t.Errorf("%d products, %v", len(list), err)
	}
}

// cancelsIfPaid cancels a unit of an order that is paid and not sent.
func (s *shop) cancelsIfPaid(t *testing.T, id string) {
	t.Helper()
	if o := s.load(t, id); o.Status == order.Paid && o.Lines[0].Qty-o.Lines[0].Cancelled > 1 {
		s.cancels(t, o, 1)
	}
}

func starsDue(t *testing.T, s *shop) {
	ctx, a := context.Background(), s.analyst()
	o := s.paid(t, "DUE", 1999, 3)
	if err := a.Facts(ctx, orderFacts(t, []string{o.ID})); err != nil {
		t.Fatal(err)
	}
	read := s.db.Read().Analytics
	due, err := read.Due(ctx, 10)
	if err != nil || len(due) != 3 { // lines, payment, movement
		t.Fatalf("%+v, %v", due, err)
	}
	for _, d := range due {
		s.in(t, func(tx store.Stores) error { return tx.Analytics.Exported(ctx, d) })
	}
	if err := a.Facts(ctx, orderFacts(t, []string{o.ID})); err != nil {
		t.Fatal(err)
	}
	if again, err := read.Due(ctx, 10); err != nil || len(again) != 0 {
		t.Errorf("the same again is due: %+v, %v", again, err)
	}
	s.cancels(t, s.load(t, o.ID), 1)
	if err := a.Facts(ctx, orderFacts(t, []string{o.ID})); err != nil {
		t.Fatal(err)
	}
	again, err := read.Due(ctx, 10)
	if err != nil || len(again) < 2 || again[0].Part != analytics.Lines {
		t.Fatalf("a change is not due: %+v, %v", again, err)
	}
	// One that changes while it is written is due once more.
	s.in(t, func(tx store.Stores) error {
		return tx.Analytics.Exported(ctx, analytics.Due{Part: again[0].Part, Day: again[0].Day, Version: again[0].Version - 1})
	})
	if still, err := read.Due(ctx, 10); err != nil || len(still) != len(again) {
		t.Errorf("%+v, %v", still, err)
	}
}

// A younger entry of the ledger may be seen before an older one, whose transaction
// took longer.
func starsLate(t *testing.T, s *shop) {
	ctx, a := context.Background(), s.analyst()
	o := s.paid(t, "LATE", 1999, 3)
	s.cancels(t, s.load(t, o.ID), 1)
	ledger, err := s.db.Read().Stock.Movements(ctx, "LATE", "", 10)
	if err != nil || len(ledger) < 3 {
		t.Fatalf("%d movements, %v", len(ledger), err)
	}
	s.in(t, func(tx store.Stores) error {
		return tx.Analytics.PutMovements(ctx, []analytics.Movement{analytics.MovementOf(ledger[0]), analytics.MovementOf(ledger[2])})
	})
	for range 2 {
		if err := a.Facts(ctx, orderFacts(t, []string{o.ID})); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, moves, _ := s.everything(t); len(moves) != len(ledger) {
		t.Errorf("%d of %d movements are there", len(moves), len(ledger))
	}
	ids, err := s.db.Read().Analytics.NewestMovements(ctx, "LATE", ledger[0].ID, 1)
	if err != nil || len(ids) != 1 || ids[0] != ledger[1].ID {
		t.Errorf("below the newest is %v, %v", ids, err)
	}
}

func starsAnonymous(t *testing.T, s *shop) {
	ctx, a := context.Background(), s.analyst()
	s.sell(t, "ANON", 1000, 10)
	one, e1 := s.buys("ANON", "Grace.Hopper@example.com")
	two, e2 := s.buys("ANON", "grace.hopper@example.com")
	other, e3 := s.buys("ANON", "ada@example.com")
	for _, err := range []error{e1, e2, e3} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Facts(ctx, orderFacts(t, []string{one.ID, two.ID, other.ID})); err != nil {
		t.Fatal(err)
	}
	lines, pays, moves, events := s.everything(t)
	all := strings.ToLower(fmt.Sprintf("%+v %+v %+v %+v", lines, pays, moves, events))
	for _, word := range []string{"grace", "hopper", "example.com", "ada@", "weg 1", "ulm"} {
		if strings.Contains(all, word) {
			t.Errorf("%q is in it", word)
		}
	}
	buyers := map[string]string{}
	for _, l := range lines {
		buyers[l.OrderID] = l.Buyer
	}
	if buyers[one.ID] != buyers[two.ID] || buyers[one.ID] == buyers[other.ID] || len(buyers[one.ID]) != 43 {
		t.Errorf("buyers are %v", buyers)
	}
}

func starsEvents(t *testing.T, s *shop) {
	ctx, a := context.Background(), s.analyst()
	p := s.sell(t, "LOOK", 1000, 10)
	records := s.looks(t, 0, 0, fact.View{ProductID: p.ID, Visitor: "abc"}, fact.View{ProductID: p.ID})
	for kind, data := range map[string]any{fact.SearchPerformed: fact.Search{Terms: []string{"mug"}, Results: 7}, fact.CartChanged: fact.Cart{CartID: newID(), Units: 3}} {
		m, err := fact.Fact{ID: newID(), Type: kind, Subject: "x", At: s.now(), Data: data}.Message("https://shop.example")
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, stream.Record{Offset: 9, Value: m.Value})
	}
	records = append(records, stream.Record{Offset: 10, Value: []byte("no event")})
	for range 2 {
		if err := a.Facts(ctx, records); err != nil {
			t.Fatal(err)
		}
	}
	_, _, _, events := s.everything(t)
	seen := map[string]int{}
	for _, e := range events {
		seen[fmt.Sprintf("%s %v %s %d %d", e.Kind, e.ProductID == p.ID, e.Visitor, e.Results, e.Units)]++
	}
	want := map[string]int{"view true abc 0 0": 1, "view true  0 0": 1, "search false  7 0": 1, "cart false  0 3": 1}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("%v", seen)
	}
}
