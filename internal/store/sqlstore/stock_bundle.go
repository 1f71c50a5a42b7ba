package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"tradewind/internal/domain/inventory"
)

var (
	bundleOf     = listStatement("bundle_item.of", `SELECT sku, component_sku, qty FROM bundle_item WHERE sku IN (:list) ORDER BY sku, component_sku`)
	bundleTaking = statement("reservation_bundle.of_order", `SELECT sku, component_sku, qty FROM reservation_bundle WHERE order_id = :order_id ORDER BY sku, component_sku`)
	bundleWith   = listStatement("bundle_item.with", `SELECT sku FROM bundle_item WHERE component_sku IN (:list)`)

	policyList = listStatement("stock_policy.list", `SELECT v.sku, COALESCE(y.tracking, 'counted'), COALESCE(y.backorder_limit, 0), COALESCE(y.safety, 0),
			(SELECT SUM(s.on_hand - s.reserved) FROM stock s JOIN location l ON l.id = s.location_id WHERE s.sku = v.sku AND l.active = 1)
		FROM variant v LEFT JOIN stock_policy y ON y.sku = v.sku WHERE v.sku IN (:list)`)
)

func (s stocks) Bundles(ctx context.Context, skus []string) (map[string][]inventory.Component, error) {
	bundles := map[string][]inventory.Component{}
	err := bundleOf.each(skus, func(st *Statement, list []sql.NamedArg) error { return s.parts(ctx, bundles, st, list...) })
	return bundles, fail(err, "select bundles")
}

func (s stocks) BundledBy(ctx context.Context, orderID string) (map[string][]inventory.Component, error) {
	bundles := map[string][]inventory.Component{}
	return bundles, fail(s.parts(ctx, bundles, bundleTaking, bind("order_id", orderID)), "select bundles of %s", orderID)
}

func (s stocks) parts(ctx context.Context, into map[string][]inventory.Component, st *Statement, args ...sql.NamedArg) error {
	_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
		var sku string
		var c inventory.Component
		if err := r.Scan(&sku, &c.SKU, &c.Qty); err != nil {
			return none, err
		}
		into[sku] = append(into[sku], c)
		return none, nil
	}, args...)
	return err
}

func (s stocks) BundlesWith(ctx context.Context, skus []string) ([]string, error) {
	var out []string
	err := bundleWith.each(skus, func(st *Statement, list []sql.NamedArg) error {
		found, err := collect(ctx, s.h, st, func(r scanner) (sku string, err error) { return sku, r.Scan(&sku) }, list...)
		out = append(out, found...)
		return err
	})
	slices.Sort(out)
	return slices.Compact(out), fail(err, "select bundles with components")
}

func (s stocks) Promisable(ctx context.Context, skus []string) (map[string]int64, error) {
	units, bundled, err := s.promisable(ctx, skus)
	if err != nil || len(bundled) == 0 {
		return units, err
	}
	whole, err := s.whole(ctx, bundled)
	for _, sku := range bundled {
		units[sku] = whole[sku]
	}
	return units, err
}

// promisable looks at the SKUs alone and tells which of them are bundles.
func (s stocks) promisable(ctx context.Context, skus []string) (units map[string]int64, bundled []string, err error) {
	units = make(map[string]int64, len(skus))
	err = policyList.each(skus, func(st *Statement, list []sql.NamedArg) error {
		_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
			var p inventory.Policy
			var free sql.NullInt64
			if err := r.Scan(&p.SKU, &p.Tracking, &p.Backorder, &p.Safety, &free); err != nil {
				return none, err
			}
			if p.Tracking == inventory.AsBundle {
				bundled = append(bundled, p.SKU)
			}
			units[p.SKU] = p.Promisable(free.Int64)
			return none, nil
		}, list...)
		return err
	})
	return units, bundled, fail(err, "select what can be promised")
}

// whole is how many of each bundle can be made.
func (s stocks) whole(ctx context.Context, bundled []string) (map[string]int64, error) {
	bundles, err := s.Bundles(ctx, bundled)
	if err != nil {
		return nil, err
	}
	var skus []string
	for _, parts := range bundles {
		for _, c := range parts {
			skus = append(skus, c.SKU)
		}
	}
	slices.Sort(skus)
	units, _, err := s.promisable(ctx, slices.Compact(skus))
	out := make(map[string]int64, len(bundled))
	for _, sku := range bundled {
		out[sku] = inventory.Whole(bundles[sku], units)
	}
	return out, err
}
