package verify

import (
	"context"
	"slices"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
)

// stock compares counters with the ledger and with what is held.
func (s *Service) stock(ctx context.Context, r *Report) error {
	held, err := s.DB.Read().Stock.HeldNow(ctx)
	if err != nil {
		return err
	}
	for after := ""; ; {
		bad, last, n, err := s.DB.Read().Stock.Check(ctx, after, pageSize, held)
		if err != nil {
			return err
		}
		r.SKUs += n
		for _, d := range bad {
			if d.Unbalanced != 0 {
				r.add("transfer", d.SKU, "%d units left one location and are neither on their way, nor arrived, nor missed", d.Unbalanced)
				continue
			}
			r.add("stock", d.SKU, "at %s/%d: on hand %d (ledger %d), incoming %d (ledger %d, on their way %d), reserved %d (held by orders %d)",
				d.Location, d.Bucket, d.OnHand, d.LedgerOnHand, d.Incoming, d.LedgerIncoming, d.Coming, d.Reserved, d.Held)
		}
		if last == "" {
			return nil
		}
		after = last
	}
}

// bundles checks that bundles are not nested, have components and no stock, and
// that whatever holds stock may.
func (s *Service) bundles(ctx context.Context, r *Report) error {
	wrong, err := s.DB.Read().Stock.WrongBundles(ctx)
	for _, sku := range wrong {
		r.add("bundle", sku, "the bundle is nested, has stock of its own, or has no components")
	}
	if err != nil {
		return err
	}
	strays, err := s.DB.Read().Stock.Strays(ctx)
	for _, id := range strays {
		r.add("reservation", id, "stock is held by what is neither an order nor an open hold")
	}
	return err
}

// goods compares what an order has taken with its lines. What was sold stays
// sold when units are cancelled or come back: they are put on the shelf again.
func (s *Service) goods(ctx context.Context, r *Report, o order.Order) error {
	all, err := s.DB.Read().Stock.Reserved(ctx, o.ID)
	if err != nil {
		return err
	}
	state := inventory.Sold
	if o.Status == order.Placed {
		state = inventory.Held
	}
	var has, want []inventory.Line
	for _, v := range all {
		switch v.State {
		case state:
			has = append(has, inventory.Line{SKU: v.SKU, Qty: v.Qty})
		case inventory.Held, inventory.Sold:
			r.add("order", o.ID, "the order is %s, but %d of %s are %s", o.Status, v.Qty, v.SKU, v.State)
		}
	}
	if o.Status == order.Expired || o.Status == order.Cancelled && len(has) == 0 {
		if len(has) > 0 {
			r.add("order", o.ID, "the order is %s and has taken %v", o.Status, has)
		}
		return nil
	}
	for _, l := range o.Lines {
		want = append(want, inventory.Line{SKU: l.SKU, Qty: l.Qty})
	}
	has, want = inventory.Demand(has, nil), inventory.Demand(want, nil)
	if slices.Equal(has, want) {
		return nil
	}
	opened, err := s.DB.Read().Stock.BundledBy(ctx, o.ID)
	if err != nil {
		return err
	}
	if want = inventory.Demand(want, opened); !slices.Equal(has, want) {
		r.add("order", o.ID, "the order is %s and has taken %v, its lines are %v", o.Status, has, want)
	}
	return nil
}
