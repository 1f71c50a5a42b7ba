package verify

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/order"
)

// purged checks what is left of orders that were archived and deleted: the audit
// says that it was done, and the provider holds their money, which is taken out
// of book.
func (s *Service) purged(ctx context.Context, r *Report, book map[string]Taken) error {
	for after := ""; ; {
		page, err := s.DB.Read().Orders.Purged(ctx, after, pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, p := range page {
			r.Purged++
			if err := s.purge(ctx, r, p); err != nil {
				return err
			}
			keptOf(r, p, book)
		}
		after = page[len(page)-1].ID
	}
}

// purge looks for the audit's word of a purge among the last things said of the order.
func (s *Service) purge(ctx context.Context, r *Report, p order.Purged) error {
	last, err := s.DB.Read().Audit.Newest(ctx, p.ID, audit.Record{At: farOff, Seq: math.MaxInt64}, 20)
	if err == nil && !slices.ContainsFunc(last, func(e audit.Record) bool { return e.Action == PurgedAction }) {
		r.add("order", p.ID, "it is said to have been purged into archive %s, but the audit knows nothing of it", p.Archive)
	}
	return err
}

// keptOf compares what the provider holds of a purged order with what it held then.
func keptOf(r *Report, p order.Purged, book map[string]Taken) {
	if book == nil {
		return
	}
	var kept int64
	for no := int64(1); no <= p.Attempts; no++ {
		ref := fmt.Sprintf("%s/%d", p.PaymentID, no)
		taken := book[ref]
		delete(book, ref)
		kept += taken.Kept
		if taken.Times > 1 {
			r.add("payment", p.ID, "attempt %d of the purged order was charged %d times", no, taken.Times)
		}
	}
	if kept != p.Kept {
		r.add("payment", p.ID, "the provider holds %d minor units of the purged order, and held %d when it was purged", kept, p.Kept)
	}
}

// lost looks for orders that the audit has seen and that are gone without having been purged.
func (s *Service) lost(ctx context.Context, r *Report, page []audit.Record) error {
	var ids []string
	for _, e := range page {
		if e.Action == placedAction || e.Action == importedAction {
			ids = append(ids, e.Subject)
		}
	}
	absent, err := s.DB.Read().Orders.Absent(ctx, ids)
	slices.Sort(absent)
	for _, id := range slices.Compact(absent) {
		r.add("order", id, "it was placed, and is neither there nor purged")
	}
	return err
}

// Order returns what is wrong with one order.
func (s *Service) Order(ctx context.Context, o order.Order) ([]Finding, error) {
	var r Report
	err := s.order(ctx, &r, o, nil)
	return r.Findings, err
}
