package recommending

import (
	"context"
	"slices"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/recommend"
	"tradewind/internal/store"
)

// Learn counts paid orders, each once: all of them or none.
func (s *Service) Learn(ctx context.Context, orderIDs ...string) error {
	orders, err := s.DB.Read().Orders.LoadAll(ctx, orderIDs)
	if err != nil {
		return err
	}
	sales, err := s.sales(ctx, orders)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		first, err := tx.Inbox.FirstOf(ctx, "sales", orderIDs, s.Now())
		if err != nil || len(first) == 0 {
			return err
		}
		fresh := make([]recommend.Sale, len(first))
		for i, id := range first {
			fresh[i] = sales[id]
		}
		return tx.Recommend.Bought(ctx, fresh)
	})
}

// sales are what the orders had of products, by the order's id.
func (s *Service) sales(ctx context.Context, orders []order.Order) (map[string]recommend.Sale, error) {
	skus := map[string][]string{} // by currency
	for _, o := range orders {
		for _, l := range o.Lines {
			skus[o.Currency] = append(skus[o.Currency], l.SKU)
		}
	}
	sales := map[string]recommend.Sale{}
	for currency, list := range skus {
		slices.Sort(list)
		of, err := s.DB.Read().Recommend.Products(ctx, currency, slices.Compact(list))
		if err != nil {
			return nil, err
		}
		for _, o := range orders {
			if o.Currency == currency {
				sales[o.ID] = saleOf(o, of)
			}
		}
	}
	return sales, nil
}

// saleOf is what an order had of products that are still in the catalogue.
func saleOf(o order.Order, of map[string]recommend.Sold) recommend.Sale {
	sale := recommend.Sale{At: o.PlacedAt}
	for _, l := range o.Lines {
		p, ok := of[l.SKU]
		if !ok {
			continue
		}
		i := slices.IndexFunc(sale.Products, func(have recommend.Sold) bool { return have.ProductID == p.ProductID })
		if i < 0 {
			i, sale.Products = len(sale.Products), append(sale.Products, p)
		}
		sale.Products[i].Units += l.Qty
	}
	return sale
}
