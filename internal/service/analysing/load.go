// Package analysing fills the star schema for reports from the stream of facts
// and the books, and exports it. What is loaded twice is there once, so facts may
// come again and in any order.
package analysing

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/analytics"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// Group reads the stream for the star schema, under this name everywhere.
const Group = "analytics"

// The marks of what is read by key, beside the stream.
const (
	historyMark = "orders"   // id of the last order of the past that was loaded
	stockMark   = "products" // id of the last product whose ledger was looked at in this round
	freshMark   = "fresh"    // when all was loaded that there was
)

// pages are how much is read at once.
const pages = 100

// Service loads. It is safe for concurrent use.
type Service struct {
	DB     store.DB
	Tokens token.Maker // makes pseudonyms
	Now    func() time.Time
}

// buyer is a pseudonym: the same for all orders of a customer, or of an address
// that is nobody's. Without the shop's secret it leads nowhere.
func (s *Service) buyer(o order.Order) string {
	if o.CustomerID != "" {
		return s.Tokens.Token("analytics customer", o.CustomerID)
	}
	return s.Tokens.Token("analytics address", strings.ToLower(o.Email))
}

// Facts loads what a batch of facts is about, as it is now.
func (s *Service) Facts(ctx context.Context, batch []stream.Record) error {
	orders, products, skus := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var events []analytics.Event
	for _, r := range batch {
		e, err := fact.Read(r)
		if err != nil {
			continue // nobody can ever read it
		}
		switch {
		case e.Is(fact.ProductViewed), e.Is(fact.SearchPerformed), e.Is(fact.CartChanged):
			if ev, ok := eventOf(e); ok {
				events = append(events, ev)
			}
		case e.Is(fact.StockChanged), e.Is(fact.StockLow):
			skus[e.Subject] = true
		case e.Is(fact.ProductAdded), e.Is(fact.ProductChanged):
			products[e.Subject] = true
		case e.Is(fact.PaymentCaptured):
			orders[e.Subject] = true
		default:
			if d, ok := fact.Data[fact.Order](e); ok && d.OrderID != "" {
				orders[d.OrderID] = true
			}
		}
	}
	sold, err := s.sales(ctx, slices.Sorted(maps.Keys(orders)))
	if err != nil {
		return err
	}
	maps.Copy(skus, sold)
	if err := s.products(ctx, slices.Sorted(maps.Keys(products))); err != nil {
		return err
	}
	for _, sku := range slices.Sorted(maps.Keys(skus)) {
		if err := s.movements(ctx, sku); err != nil {
			return err
		}
	}
	if len(events) == 0 {
		return nil
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Analytics.PutEvents(ctx, events) })
}

// eventOf turns a fact about browsing into a row.
func eventOf(e fact.Event) (ev analytics.Event, ok bool) {
	ev = analytics.Event{ID: e.ID, Day: analytics.DayOf(e.Time), At: e.Time.UTC().Truncate(time.Microsecond)}
	switch {
	case e.Is(fact.ProductViewed):
		d, fine := fact.Data[fact.View](e)
		ev.Kind, ev.ProductID, ev.Visitor, ok = "view", d.ProductID, d.Visitor, fine
	case e.Is(fact.SearchPerformed):
		d, fine := fact.Data[fact.Search](e)
		ev.Kind, ev.Results, ev.Visitor, ok = "search", d.Results, d.Visitor, fine
	default:
		d, fine := fact.Data[fact.Cart](e)
		ev.Kind, ev.Units, ok = "cart", d.Units, fine
	}
	return ev, ok && ev.ID != "" && len(ev.ID) <= 64
}

// sales loads orders as they are now, and returns the SKUs in them. One that was
// purged stays as it was.
func (s *Service) sales(ctx context.Context, ids []string) (map[string]bool, error) {
	skus := map[string]bool{}
	for chunk := range slices.Chunk(ids, pages) {
		var list []order.Order
		for _, id := range chunk {
			o, err := s.DB.Read().Orders.Load(ctx, id)
			if err == nil {
				list = append(list, o)
			} else if fault.KindOf(err) != fault.NotFound {
				return nil, err
			}
		}
		if err := s.put(ctx, list, skus); err != nil {
			return nil, err
		}
	}
	return skus, s.described(ctx, slices.Sorted(maps.Keys(skus)))
}

// put loads orders in one transaction, and adds their SKUs to skus.
func (s *Service) put(ctx context.Context, list []order.Order, skus map[string]bool) error {
	rows := make([]analytics.Sale, 0, len(list))
	for _, o := range list {
		sale, err := s.sale(ctx, o)
		if err != nil {
			return fmt.Errorf("load order %s: %w", o.ID, err)
		}
		rows = append(rows, sale)
		for _, l := range o.Lines {
			skus[l.SKU] = true
		}
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		for _, sale := range rows {
			if err := tx.Analytics.PutSale(ctx, sale); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) sale(ctx context.Context, o order.Order) (sale analytics.Sale, err error) {
	read := s.DB.Read()
	p, err := read.Payments.ByOrder(ctx, o.ID)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return sale, err
	}
	var captured time.Time
	var refunds []payment.Refund
	if p.Status == payment.Captured || p.Status == payment.Refunded {
		if captured, err = s.captured(ctx, o, p); err != nil {
			return sale, err
		}
	}
	if p.ID != "" {
		if refunds, err = read.Payments.Refunds(ctx, p.ID); err != nil {
			return sale, err
		}
	}
	uses, err := read.Promotions.Uses(ctx, o.ID)
	if err != nil {
		return sale, err
	}
	return analytics.SaleOf(o, p, captured, refunds, uses, s.buyer(o)), nil
}

// captured is when the money of an order was taken: when it became paid. Late
// money for an order that had ended has no such moment but that of its payment.
func (s *Service) captured(ctx context.Context, o order.Order, p payment.Payment) (time.Time, error) {
	history, err := s.DB.Read().Orders.History(ctx, o.ID)
	if err != nil {
		return time.Time{}, err
	}
	for _, c := range history {
		if c.To == order.Paid {
			return c.At, nil
		}
	}
	return p.CreatedAt, nil
}

func (s *Service) products(ctx context.Context, ids []string) error {
	for chunk := range slices.Chunk(ids, pages) {
		list, err := s.DB.Read().Catalog.Find(ctx, chunk, nil, nil)
		if err != nil {
			return err
		}
		if err := s.describe(ctx, list); err != nil {
			return err
		}
	}
	return nil
}

// described loads what SKUs are.
func (s *Service) described(ctx context.Context, skus []string) error {
	for chunk := range slices.Chunk(skus, pages) {
		list, err := s.DB.Read().Catalog.BySKUs(ctx, chunk)
		if err != nil {
			return err
		}
		if err := s.describe(ctx, list); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) describe(ctx context.Context, list []catalog.Product) error {
	var rows []analytics.Product
	for _, p := range list {
		for _, v := range p.Variants {
			rows = append(rows, analytics.Product{SKU: v.SKU, ProductID: p.ID, Title: p.Title, BrandID: p.BrandID, CategoryID: p.CategoryID, Status: string(p.Status)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Analytics.PutProducts(ctx, rows) })
}

// settled is for how long an entry of the ledger may be seen after a younger one:
// it has its id before its transaction ends, and clocks differ.
const settled = time.Minute

// movements adds what is new in the ledger of a SKU.
func (s *Service) movements(ctx context.Context, sku string) error {
	known, since, err := s.known(ctx, sku)
	if err != nil {
		return err
	}
	var fresh []inventory.Movement
	for before := ""; ; {
		page, err := s.DB.Read().Stock.Movements(ctx, sku, before, pages)
		if err != nil {
			return err
		}
		for _, m := range page {
			if m.ID >= since && !known[m.ID] {
				fresh = append(fresh, m)
			}
		}
		if len(page) < pages || page[len(page)-1].ID < since {
			break
		}
		before = page[len(page)-1].ID
	}
	slices.Reverse(fresh) // oldest first: what is there when this ends half-way is not taken for all
	for chunk := range slices.Chunk(fresh, pages) {
		rows := make([]analytics.Movement, 0, len(chunk))
		for _, m := range chunk {
			rows = append(rows, analytics.MovementOf(m))
		}
		if err := s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Analytics.PutMovements(ctx, rows) }); err != nil {
			return err
		}
	}
	return nil
}

// known are the entries of a SKU that are there, back to since: all that are older
// are there too.
func (s *Service) known(ctx context.Context, sku string) (known map[string]bool, since string, err error) {
	known = map[string]bool{}
	for before := ""; ; {
		ids, err := s.DB.Read().Analytics.NewestMovements(ctx, sku, before, pages)
		if err != nil {
			return nil, "", err
		}
		if since == "" && len(ids) > 0 {
			newest, ok := ident.Time(ids[0])
			if !ok {
				return nil, "", fmt.Errorf("the movement %s of %s has no time", ids[0], sku)
			}
			since = ident.First(newest.Add(-settled))
		}
		for _, id := range ids {
			known[id] = true
		}
		if len(ids) < pages || ids[len(ids)-1] < since {
			return known, since, nil
		}
		before = ids[len(ids)-1]
	}
}

// History loads orders of the past that no fact tells of any more, from where it
// was left. It returns how many there were.
func (s *Service) History(ctx context.Context) (orders int, err error) {
	read := s.DB.Read()
	at, err := read.Analytics.Mark(ctx, historyMark)
	if err != nil {
		return 0, err
	}
	for after := at.Place; ; {
		page, err := read.Orders.Page(ctx, after, pages)
		if err != nil || len(page) == 0 {
			return orders, err
		}
		skus := map[string]bool{}
		if err := s.put(ctx, page, skus); err != nil {
			return orders, err
		}
		if err := s.described(ctx, slices.Sorted(maps.Keys(skus))); err != nil {
			return orders, err
		}
		orders += len(page)
		after = page[len(page)-1].ID
		if err := s.mark(ctx, historyMark, after); err != nil {
			return orders, err
		}
	}
}

// Stock looks at the ledger of every SKU for what is new, a page of products at a
// time, and reports whether the round is over.
func (s *Service) Stock(ctx context.Context) (over bool, err error) {
	at, err := s.DB.Read().Analytics.Mark(ctx, stockMark)
	if err != nil {
		return false, err
	}
	list, err := s.DB.Read().Catalog.Page(ctx, at.Place, pages)
	if err != nil {
		return false, err
	}
	if len(list) == 0 {
		return true, s.mark(ctx, stockMark, " ")
	}
	if err := s.describe(ctx, list); err != nil {
		return false, err
	}
	for _, p := range list {
		for _, v := range p.Variants {
			if err := s.movements(ctx, v.SKU); err != nil {
				return false, err
			}
		}
	}
	return false, s.mark(ctx, stockMark, list[len(list)-1].ID)
}

// Anew lets History and Stock begin with the first order and the first product.
func (s *Service) Anew(ctx context.Context) error {
	if err := s.mark(ctx, historyMark, " "); err != nil {
		return err
	}
	return s.mark(ctx, stockMark, " ")
}

// Fresh notes that all is loaded that there was at the moment.
func (s *Service) Fresh(ctx context.Context) error { return s.mark(ctx, freshMark, "all") }

// FreshAt is when all was loaded that there was; zero for never.
func (s *Service) FreshAt(ctx context.Context) (time.Time, error) {
	m, err := s.DB.Read().Analytics.Mark(ctx, freshMark)
	return m.At, err
}

func (s *Service) mark(ctx context.Context, name, place string) error {
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		return tx.Analytics.SetMark(ctx, name, analytics.Mark{Place: place, At: s.Now()})
	})
}
