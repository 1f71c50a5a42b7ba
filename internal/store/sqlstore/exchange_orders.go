package sqlstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/promotion"
)

var (
	promotionCount = statement("promotion.count", `UPDATE promotion SET used = used + 1, spent_minor = spent_minor + :minor
		WHERE id = :id AND (max_uses IS NOT NULL OR max_minor IS NOT NULL)`)
	codeCount     = statement("promotion_code.count", `UPDATE promotion_code SET used = used + 1 WHERE code = :code AND promotion_id = :id`)
	customerCount = statement("promotion_customer.count", `UPDATE promotion_customer SET used = used + 1 WHERE promotion_id = :id AND customer_key = :customer_key`)
)

// Import locks as Redeem does: the promotion, the code, the customer. Uses of an
// order that was purged are there and counted.
func (s promotions) Import(ctx context.Context, orderID string, uses []promotion.Use, at time.Time) error {
	if len(uses) == 0 {
		return nil
	}
	have, err := s.Uses(ctx, orderID)
	if err != nil {
		return err
	}
	uses = slices.DeleteFunc(slices.Clone(uses), func(u promotion.Use) bool {
		return slices.ContainsFunc(have, func(h promotion.Use) bool { return h.PromotionID == u.PromotionID })
	})
	slices.SortFunc(uses, func(a, b promotion.Use) int { return cmp.Compare(a.PromotionID, b.PromotionID) })
	for _, u := range uses {
		id := bind("id", u.PromotionID)
		if _, err := s.h.exec(ctx, promotionCount, id, bind("minor", u.Minor)); err != nil {
			return fail(err, "count a use of promotion %s", u.PromotionID)
		}
		if u.Code != "" {
			if _, err := s.h.exec(ctx, codeCount, id, bind("code", u.Code)); err != nil {
				return fail(err, "count a use of code %s", u.Code)
			}
		}
		if _, err := s.h.exec(ctx, promotionUseInsert, bind("promotion_id", u.PromotionID), bind("order_id", orderID), bind("code", u.Code),
			bind("customer_key", u.CustomerKey), bind("amount_minor", u.Minor), bind("used_at", at)); err != nil {
			return fail(err, "import a use of promotion %s", u.PromotionID)
		}
		if u.CustomerKey == "" {
			continue
		}
		key := bind("customer_key", u.CustomerKey)
		n, err := s.h.exec(ctx, customerCount, id, key)
		if err == nil && n == 0 {
			_, err = s.h.exec(ctx, customerInsert, id, key)
		}
		if err != nil {
			return fail(err, "count a use of a customer of promotion %s", u.PromotionID)
		}
	}
	return nil
}

func (s stocks) ImportBundles(ctx context.Context, orderID string, bundles map[string][]inventory.Component) error {
	for _, sku := range slices.Sorted(maps.Keys(bundles)) {
		for _, c := range bundles[sku] {
			if _, err := s.h.exec(ctx, bundleTaken, bind("order_id", orderID), bind("sku", sku), bind("component_sku", c.SKU), bind("qty", c.Qty)); err != nil {
				return fail(err, "import bundle %s of order %s", sku, orderID)
			}
		}
	}
	return nil
}

// ImportInvoices takes hold of series in order of their names.
func (s aftersales) ImportInvoices(ctx context.Context, list []order.Invoice) error {
	last := map[string]int64{}
	for _, v := range list {
		last[v.Series] = max(last[v.Series], v.Number)
	}
	for _, name := range slices.Sorted(maps.Keys(last)) {
		drawn, err := s.series(ctx, name)
		if err != nil {
			return fail(err, "take hold of invoice series %s", name)
		}
		if last[name] <= drawn {
			continue
		}
		if _, err := s.h.exec(ctx, seriesUpdate, bind("series", name), bind("last_number", last[name])); err != nil {
			return fail(err, "move invoice series %s", name)
		}
	}
	for _, v := range list {
		_, err := s.h.exec(ctx, invoiceInsert, bind("series", v.Series), bind("invoice_number", v.Number), bind("kind", v.Kind), bind("order_id", v.OrderID),
			bind("cause_id", v.CauseID), bind("currency", v.Currency), bind("total", v.Total), bind("tax", v.Tax), bind("issued_at", v.IssuedAt))
		if codeOf(err) == codeUnique {
			err = s.sameInvoice(ctx, v, err)
		}
		if err != nil {
			return fail(err, "import invoice %s %d", v.Series, v.Number)
		}
	}
	return nil
}

// sameInvoice is otherwise, unless the order has just this document already: an
// order that was purged left it here.
func (s aftersales) sameInvoice(ctx context.Context, v order.Invoice, otherwise error) error {
	have, err := s.Invoices(ctx, v.OrderID)
	if err != nil {
		return err
	}
	for _, h := range have {
		if at := v.IssuedAt; h.IssuedAt.Equal(at) {
			h.IssuedAt = at
		}
		if h == v {
			return nil
		}
	}
	return otherwise
}
