package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

var (
	locationInsert = statement("location.insert", `INSERT INTO location (id, code, name, country, priority, active, pickup, version)
		VALUES (:id, :code, :name, :country, :priority, :active, :pickup, 1)`)
	locationUpdate = statement("location.update", `UPDATE location SET code = :code, name = :name, country = :country, priority = :priority,
			active = :active, pickup = :pickup, version = version + 1
		WHERE id = :id AND version = :version`)
	locationAll = statement("location.all", `SELECT id, code, name, country, priority, active, pickup, version FROM location ORDER BY priority, id`)

	policyInsert = statement("stock_policy.insert", `INSERT INTO stock_policy (sku, tracking, backorder_limit, safety, low_level, version)
		VALUES (:sku, :tracking, :backorder, :safety, :low, 1)`)
	policyUpdate = statement("stock_policy.update", `UPDATE stock_policy SET tracking = :tracking, backorder_limit = :backorder, safety = :safety,
			low_level = :low, version = version + 1
		WHERE sku = :sku AND version = :version`)
	policyGet  = statement("stock_policy.get", policyColumns+` WHERE sku = :sku`)
	policyPage = statement("stock_policy.page", policyColumns+` WHERE sku > :after_sku ORDER BY sku FETCH FIRST :n ROWS ONLY`).page(50)
	policyCut  = statement("stock_policy.delete", `DELETE FROM stock_policy WHERE sku = :sku`)

	bundleCut    = statement("bundle_item.delete", `DELETE FROM bundle_item WHERE sku = :sku`)
	bundleInsert = statement("bundle_item.insert", `INSERT INTO bundle_item (sku, component_sku, qty) VALUES (:sku, :component_sku, :qty)`)
	bundleStock  = statement("stock.of_sku", `SELECT location_id, bucket_no, on_hand + incoming, reserved FROM stock WHERE sku = :sku FOR UPDATE`)
)

func (s stocks) PutLocation(ctx context.Context, l inventory.Location) error {
	args := []sql.NamedArg{bind("id", l.ID), bind("code", l.Code), bind("name", l.Name), bind("country", l.Country), bind("priority", l.Priority),
		bind("active", bit(l.Active)), bind("pickup", bit(l.Pickup))}
	var n int64
	var err error
	if l.Version == 0 {
		n, err = s.h.exec(ctx, locationInsert, args...)
	} else {
		n, err = s.h.exec(ctx, locationUpdate, append(args, bind("version", l.Version))...)
	}
	switch {
	case codeOf(err) == codeUnique:
		return fault.New(fault.Conflict, "location-code-taken", "There is a location %s already; choose another code.", l.Code).Because(err)
	case err != nil:
		return fail(err, "write location %s", l.Code)
	case n == 0:
		return fault.ChangedMeanwhile("location " + l.Code)
	}
	return nil
}

func (s stocks) Locations(ctx context.Context) ([]inventory.Location, error) {
	all, err := collect(ctx, s.h, locationAll, func(r scanner) (l inventory.Location, err error) {
		return l, r.Scan(&l.ID, &l.Code, &l.Name, &l.Country, &l.Priority, &l.Active, &l.Pickup, &l.Version)
	})
	return all, fail(err, "select locations")
}

const policyColumns = `SELECT sku, tracking, backorder_limit, safety, low_level, version FROM stock_policy`

func scanPolicy(r scanner) (p inventory.Policy, err error) {
	var low sql.NullInt64
	err = r.Scan(&p.SKU, &p.Tracking, &p.Backorder, &p.Safety, &low, &p.Version)
	if low.Valid {
		p.Low = &low.Int64
	}
	return p, err
}

func (s stocks) Policy(ctx context.Context, sku string) (inventory.Policy, error) {
	p, err := scanPolicy(s.h.row(ctx, policyGet, bind("sku", sku)))
	if errors.Is(err, sql.ErrNoRows) {
		return inventory.Policy{SKU: sku, Tracking: inventory.Counted}, nil
	}
	return p, fail(err, "select policy of %s", sku)
}

func (s stocks) ListPolicies(ctx context.Context, after string, n int) ([]inventory.Policy, error) {
	page, err := collect(ctx, s.h, policyPage, scanPolicy, bind("after_sku", cmp.Or(after, " ")), bind("n", n))
	return page, fail(err, "select policies after %s", after)
}

func (s stocks) PutPolicy(ctx context.Context, p inventory.Policy) error {
	if err := p.Check(); err != nil {
		return err
	}
	tracking, err := s.lockVariant(ctx, p.SKU)
	if err != nil {
		return err
	}
	if tracking == inventory.AsBundle {
		return fault.New(fault.Conflict, "sku-is-bundle", "%s is a bundle; how it is sold follows from its components.", p.SKU)
	}
	if p.Backorder > 0 { // what is promised beforehand needs a row to be promised on
		if err := s.Move(ctx, inventory.Movement{Place: inventory.Place{SKU: p.SKU, Location: inventory.Main}, Reason: inventory.Adjust}); err != nil {
			return err
		}
	}
	return s.putPolicy(ctx, p)
}

func (s stocks) putPolicy(ctx context.Context, p inventory.Policy) error {
	var low any
	if p.Low != nil {
		low = *p.Low
	}
	args := []sql.NamedArg{bind("sku", p.SKU), bind("tracking", string(p.Tracking)), bind("backorder", p.Backorder), bind("safety", p.Safety), bind("low", low)}
	var n int64
	var err error
	if p.Version == 0 {
		n, err = s.h.exec(ctx, policyInsert, args...)
	} else {
		n, err = s.h.exec(ctx, policyUpdate, append(args, bind("version", p.Version))...)
	}
	if codeOf(err) == codeUnique || err == nil && n == 0 {
		return fault.ChangedMeanwhile("policy of " + p.SKU)
	}
	return fail(err, "write policy of %s", p.SKU)
}

// PutBundle holds the rows of the SKU and of all components, in order: whoever
// makes a bundle of one of them at the same time waits, and sees it.
func (s stocks) PutBundle(ctx context.Context, sku string, parts []inventory.Component, seen int64) error {
	if err := inventory.CheckBundle(sku, parts); err != nil {
		return err
	}
	kinds := map[string]inventory.Tracking{sku: ""}
	for _, c := range parts {
		kinds[c.SKU] = ""
	}
	for _, one := range slices.Sorted(maps.Keys(kinds)) {
		kind, err := s.lockVariant(ctx, one)
		if err != nil {
			return err
		}
		kinds[one] = kind
	}
	p, err := s.Policy(ctx, sku)
	if err != nil {
		return err
	}
	if seen != inventory.AnyVersion && seen != p.Version {
		return fault.ChangedMeanwhile("bundle " + sku)
	}
	if err := s.mayBundle(ctx, sku, parts, kinds); err != nil {
		return err
	}
	if _, err := s.h.exec(ctx, bundleCut, bind("sku", sku)); err != nil {
		return fail(err, "clear bundle %s", sku)
	}
	for _, c := range parts {
		if _, err := s.h.exec(ctx, bundleInsert, bind("sku", sku), bind("component_sku", c.SKU), bind("qty", c.Qty)); err != nil {
			return fail(err, "put %s into bundle %s", c.SKU, sku)
		}
	}
	if len(parts) == 0 {
		if kinds[sku] != inventory.AsBundle {
			return nil
		}
		_, err := s.h.exec(ctx, policyCut, bind("sku", sku))
		return fail(err, "end bundle %s", sku)
	}
	return s.putPolicy(ctx, inventory.Policy{SKU: sku, Tracking: inventory.AsBundle, Version: p.Version})
}

func (s stocks) mayBundle(ctx context.Context, sku string, parts []inventory.Component, kinds map[string]inventory.Tracking) error {
	for _, c := range parts {
		if kinds[c.SKU] == inventory.AsBundle {
			return fault.New(fault.Conflict, "bundle-nested", "%s is a bundle itself; put its components into %s.", c.SKU, sku)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	users, err := s.BundlesWith(ctx, []string{sku})
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return fault.New(fault.Conflict, "bundle-nested", "%s is a component of the bundle %s and cannot become one.", sku, users[0])
	}
	rows, err := collect(ctx, s.h, bundleStock, func(r scanner) (sh inventory.Shelf, err error) {
		return sh, r.Scan(&sh.Location, &sh.Bucket, &sh.OnHand, &sh.Reserved)
	}, bind("sku", sku))
	if err != nil {
		return fail(err, "select stock of %s", sku)
	}
	for _, r := range rows {
		if r.OnHand != 0 || r.Reserved != 0 {
			return fault.New(fault.Conflict, "bundle-has-stock", "%s has stock of its own; set it to 0 before it becomes a bundle.", sku)
		}
		if _, err := s.h.exec(ctx, stockCut, bind("sku", sku), bind("location_id", r.Location), bind("bucket_no", r.Bucket)); err != nil {
			return fail(err, "close stock of %s", sku)
		}
	}
	return nil
}
