package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

var (
	scheduleOfSKU = statement("price_schedule.of_sku", scheduleColumns+` WHERE sku = :sku AND ends_at > :at_time ORDER BY starts_at, id`)
	scheduleByID  = statement("price_schedule.by_id", scheduleColumns+` WHERE id = :id`)
	// One that begins before the end of the new and ends behind its beginning; no
	// others overlap, so that it is among the last that begin before.
	scheduleOverlap = statement("price_schedule.overlap", `SELECT id FROM price_schedule WHERE sku = :sku AND currency = :currency AND customer_group = :customer_group
		AND starts_at < :ends_at AND ends_at > :starts_at FETCH FIRST 1 ROWS ONLY`)
	scheduleInsert = statement("price_schedule.insert", `INSERT INTO price_schedule (id, sku, currency, customer_group, minor, compare_at_minor, starts_at, ends_at, note)
		VALUES (:id, :sku, :currency, :customer_group, :minor, :compare_at, :starts_at, :ends_at, :note)`)
	scheduleEnd    = statement("price_schedule.end", `UPDATE price_schedule SET ends_at = :ends_at WHERE id = :id`)
	scheduleDelete = statement("price_schedule.delete", `DELETE FROM price_schedule WHERE id = :id`)

	variantOwner = statement("variant.owner", `SELECT product_id FROM variant WHERE sku = :sku`)

	priceExists = statement("price.exists", `SELECT sku FROM price WHERE sku = :sku AND currency = :currency`)
	priceDelete = statement("price.delete", `DELETE FROM price WHERE sku = :sku`)
	priceInsert = statement("price.insert", `INSERT INTO price (sku, currency, base_minor, base_compare_minor, minor, compare_at_minor, changes_at)
		VALUES (:sku, :currency, :base_minor, :base_compare, :minor, :compare_at, :changes_at)`)
	priceSetBase = statement("price.set_base", `UPDATE price SET base_minor = :base_minor, base_compare_minor = :base_compare WHERE sku = :sku AND currency = :currency`)
	priceSet     = statement("price.set", `UPDATE price SET minor = :minor, compare_at_minor = :compare_at, changes_at = :changes_at WHERE sku = :sku AND currency = :currency
		AND (minor <> :minor OR COALESCE(compare_at_minor, 0) <> :compare_or_none OR COALESCE(changes_at, :never) <> :changes_or_never)`)
	priceDue = statement("price.due", `SELECT v.product_id FROM price r JOIN variant v ON v.sku = r.sku
		WHERE r.changes_at <= :at_time ORDER BY r.changes_at, r.sku, r.currency FETCH FIRST :n ROWS ONLY`)

	priceChangeInsert     = statement("price_change.insert", `INSERT INTO price_change (id, spec) VALUES (:id, :spec)`)
	priceChangeGet        = statement("price_change.get", `SELECT spec FROM price_change WHERE id = :id`)
	priceChangeItemInsert = statement("price_change_item.insert", `INSERT INTO price_change_item (change_id, sku, from_minor, to_minor) VALUES (:change_id, :sku, :from_minor, :to_minor)`)
)

const scheduleColumns = `SELECT id, sku, currency, customer_group, minor, compare_at_minor, starts_at, ends_at, note FROM price_schedule`

// endless stands for no end, and forAll for no group: what is NULL could not be
// looked up by an index.
var endless = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

const forAll = "*"

func orAll(group string) string {
	if group == "" {
		return forAll
	}
	return group
}

func scanSchedule(r scanner) (s catalog.Schedule, err error) {
	var compare sql.NullInt64
	err = r.Scan(&s.ID, &s.SKU, &s.Price.Currency, &s.Group, &s.Price.Minor, &compare, &s.StartsAt, &s.EndsAt, &s.Note)
	s.CompareAt = compare.Int64
	if s.Group == forAll {
		s.Group = ""
	}
	if s.EndsAt.Equal(endless) {
		s.EndsAt = time.Time{}
	}
	return s, err
}

func (s catalogs) Schedules(ctx context.Context, sku string, now time.Time) ([]catalog.Schedule, error) {
	list, err := collect(ctx, s.h, scheduleOfSKU, scanSchedule, bind("sku", sku), bind("at_time", now))
	if err != nil {
		return nil, fail(err, "select price schedules of %s", sku)
	}
	return list, nil
}

// holdOwner takes hold of the product that has the SKU.
func (s catalogs) holdOwner(ctx context.Context, sku string) (id string, err error) {
	err = s.h.row(ctx, variantOwner, bind("sku", sku)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.NotFound, "sku-not-found", "There is no variant %s.", sku)
	}
	if err == nil {
		err = s.hold(ctx, id)
	}
	return id, fail(err, "take hold of the product of %s", sku)
}

// hold takes the row of the product.
func (s catalogs) hold(ctx context.Context, id string) error {
	var slug string
	var version int64
	err := s.h.row(ctx, productLock, bind("id", id)).Scan(&slug, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, "product-not-found", "There is no product %s.", id)
	}
	return fail(err, "take hold of product %s", id)
}

func (s catalogs) Hold(ctx context.Context, id string) (catalog.Product, error) {
	if err := s.hold(ctx, id); err != nil {
		return catalog.Product{}, err
	}
	return s.Load(ctx, id)
}

func (s catalogs) AddSchedule(ctx context.Context, in catalog.Schedule) (productID string, err error) {
	if productID, err = s.holdOwner(ctx, in.SKU); err != nil {
		return "", err
	}
	sku, currency := bind("sku", in.SKU), bind("currency", in.Price.Currency)
	var found string
	if err := s.h.row(ctx, priceExists, sku, currency).Scan(&found); errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.NotFound, "price-not-found", "%s has no price in %s; give it one first.", in.SKU, in.Price.Currency)
	} else if err != nil {
		return "", fail(err, "look for the price of %s", in.SKU)
	}
	ends := in.EndsAt
	if ends.IsZero() {
		ends = endless
	}
	group, from, to := bind("customer_group", orAll(in.Group)), bind("starts_at", in.StartsAt), bind("ends_at", ends)
	err = s.h.row(ctx, scheduleOverlap, sku, currency, group, from, to).Scan(&found)
	if err == nil {
		return "", fault.New(fault.Conflict, "price-overlap", "Another price of %s in %s holds in that time (%s); end it first.", in.SKU, in.Price.Currency, found)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return "", fail(err, "look for price schedules of %s", in.SKU)
	}
	_, err = s.h.exec(ctx, scheduleInsert, bind("id", in.ID), sku, currency, group, bind("minor", in.Price.Minor), bind("compare_at", null(in.CompareAt)), from, to, bind("note", in.Note))
	return productID, fail(err, "add a price schedule of %s", in.SKU)
}

func (s catalogs) EndSchedule(ctx context.Context, id string, now time.Time) (was catalog.Schedule, productID string, err error) {
	read := func() error {
		was, err = scanSchedule(s.h.row(ctx, scheduleByID, bind("id", id)))
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "schedule-not-found", "There is no price schedule %s.", id)
		}
		return fail(err, "select price schedule %s", id)
	}
	if err := read(); err != nil {
		return was, "", err
	}
	if productID, err = s.holdOwner(ctx, was.SKU); err != nil {
		return was, "", err
	}
	if err := read(); err != nil { // as it is now that nobody else changes it
		return was, "", err
	}
	switch {
	case !was.EndsAt.IsZero() && !was.EndsAt.After(now):
		return was, "", fault.New(fault.Conflict, "schedule-over", "This price is over already.")
	case was.StartsAt.Before(now):
		_, err = s.h.exec(ctx, scheduleEnd, bind("id", id), bind("ends_at", now))
	default:
		_, err = s.h.exec(ctx, scheduleDelete, bind("id", id))
	}
	return was, productID, fail(err, "end price schedule %s", id)
}

func (s catalogs) PricesDue(ctx context.Context, now time.Time, n int) ([]string, error) {
	ids, err := collect(ctx, s.h, priceDue, scanID, bind("at_time", now), bind("n", n))
	if err != nil {
		return nil, fail(err, "select prices that change")
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// putPrices replaces the base prices of a variant and returns it with the
// prices that hold at that moment.
func (s catalogs) putPrices(ctx context.Context, v catalog.Variant, at time.Time) (catalog.Variant, error) {
	schedules, err := s.Schedules(ctx, v.SKU, at)
	if err != nil {
		return v, err
	}
	if _, err := s.h.exec(ctx, priceDelete, bind("sku", v.SKU)); err != nil {
		return v, fail(err, "clear prices of %s", v.SKU)
	}
	v.Prices = slices.Clone(v.Prices)
	for i, p := range v.Prices {
		p, next := catalog.Effective(p, schedules, at)
		now := p.Now()
		if _, err := s.h.exec(ctx, priceInsert, bind("sku", v.SKU), bind("currency", p.Currency), bind("base_minor", p.Minor), bind("base_compare", null(p.CompareAt)),
			bind("minor", now.Minor), bind("compare_at", null(now.CompareAt)), bind("changes_at", next)); err != nil {
			return v, fail(err, "write price of %s", v.SKU)
		}
		v.Prices[i] = p
	}
	return v, nil
}

// reprice brings the prices that hold up to date, in the database and in p,
// and reports whether one is another than before. The caller holds the product.
func (s catalogs) reprice(ctx context.Context, p *catalog.Product, at time.Time) (changed bool, err error) {
	for i, v := range p.Variants {
		schedules, err := s.Schedules(ctx, v.SKU, at)
		if err != nil {
			return false, err
		}
		for j, old := range v.Prices {
			price, next := catalog.Effective(old, schedules, at)
			was, now := old.Now(), price.Now()
			changed = changed || was.Minor != now.Minor || was.CompareAt != now.CompareAt
			nextOrNever := next
			if next.IsZero() {
				nextOrNever = endless
			}
			if _, err := s.h.exec(ctx, priceSet, bind("sku", v.SKU), bind("currency", old.Currency), bind("minor", now.Minor), bind("compare_at", null(now.CompareAt)),
				bind("changes_at", next), bind("compare_or_none", now.CompareAt), bind("changes_or_never", nextOrNever), bind("never", endless)); err != nil {
				return false, fail(err, "set the price of %s", v.SKU)
			}
			p.Variants[i].Prices[j] = price
		}
	}
	return changed, nil
}

func (s catalogs) AddPriceChange(ctx context.Context, c catalog.PriceChange) error {
	spec, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode price change %s: %w", c.ID, err)
	}
	_, err = s.h.exec(ctx, priceChangeInsert, bind("id", c.ID), bind("spec", string(spec)))
	return fail(err, "add price change %s", c.ID)
}

func (s catalogs) PriceChange(ctx context.Context, id string) (c catalog.PriceChange, err error) {
	var spec string
	err = s.h.row(ctx, priceChangeGet, bind("id", id)).Scan(&spec)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.NotFound, "price-change-not-found", "There is no price change %s.", id)
	}
	if err != nil {
		return c, fail(err, "select price change %s", id)
	}
	if err := json.Unmarshal([]byte(spec), &c); err != nil {
		return c, fmt.Errorf("read price change %s: %w", id, err)
	}
	c.ID = id
	return c, nil
}

func (s catalogs) SetBase(ctx context.Context, changeID, sku string, old, next catalog.Price) (bool, error) {
	_, err := s.h.exec(ctx, priceChangeItemInsert, bind("change_id", changeID), bind("sku", sku), bind("from_minor", old.Minor), bind("to_minor", next.Minor))
	if codeOf(err) == codeUnique {
		return false, nil
	}
	if err == nil {
		_, err = s.h.exec(ctx, priceSetBase, bind("sku", sku), bind("currency", next.Currency), bind("base_minor", next.Minor), bind("base_compare", null(next.CompareAt)))
	}
	return err == nil, fail(err, "change the price of %s", sku)
}
