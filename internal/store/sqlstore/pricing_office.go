package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/fault"
)

const (
	zoneColumns = `SELECT country, subdivision, region, inclusive, version FROM tax_zone`
	rateColumns = `SELECT id, country, method, title, currency, max_weight_g, minor, free_from_minor, postcode_prefix, position, version FROM shipping_rate`
)

var (
	taxZoneList = statement("tax_zone.list", zoneColumns+` WHERE country >= :country AND (country > :country OR subdivision > :subdivision)
		ORDER BY country, subdivision FETCH FIRST :n ROWS ONLY`)
	taxZoneLock = statement("tax_zone.lock", zoneColumns+` WHERE country = :country AND subdivision = :subdivision FOR UPDATE`)
	taxZoneGet  = statement("tax_zone.get", zoneColumns+` WHERE country = :country AND subdivision = :subdivision`)
	taxRatesOf  = statement("tax_rate.of_zone", `SELECT tax_class, rate_ppm FROM tax_rate WHERE country = :country AND subdivision = :subdivision ORDER BY tax_class`)

	shippingRatePage   = statement("shipping_rate.page", rateColumns+` WHERE id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`)
	shippingRatePageTo = statement("shipping_rate.page_to_country", rateColumns+` WHERE country = :country AND id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`)
	shippingRateGet    = statement("shipping_rate.get", rateColumns+` WHERE id = :id`)
	shippingRateLock   = statement("shipping_rate.lock", rateColumns+` WHERE id = :id FOR UPDATE`)
	shippingRateDelete = statement("shipping_rate.delete", `DELETE FROM shipping_rate WHERE id = :id`)
)

func scanZoneRow(r scanner) (z pricing.Zone, err error) {
	z.RatePPM = map[string]int64{}
	return z, r.Scan(&z.Country, &z.Subdivision, &z.Region, &z.Inclusive, &z.Version)
}

func (s taxes) ZonePage(ctx context.Context, country, subdivision string, n int) ([]pricing.Zone, error) {
	list, err := collect(ctx, s.h, taxZoneList, scanZoneRow, bind("country", cmp.Or(country, " ")), bind("subdivision", cmp.Or(subdivision, " ")), bind("n", n))
	if err != nil {
		return nil, fail(err, "select tax zones")
	}
	for _, z := range list {
		if err := s.fill(ctx, z); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s taxes) HoldZone(ctx context.Context, country, subdivision string) (pricing.Zone, error) {
	return s.exact(ctx, taxZoneLock, country, subdivision)
}

func (s taxes) ExactZone(ctx context.Context, country, subdivision string) (pricing.Zone, error) {
	return s.exact(ctx, taxZoneGet, country, subdivision)
}

func (s taxes) exact(ctx context.Context, st *Statement, country, subdivision string) (pricing.Zone, error) {
	z, err := scanZoneRow(s.h.row(ctx, st, bind("country", country), bind("subdivision", pricing.Subdivision(subdivision))))
	if errors.Is(err, sql.ErrNoRows) {
		return z, fault.New(fault.NotFound, "tax-zone-not-found", "There is no tax zone %s %s.", country, subdivision)
	}
	if err != nil {
		return z, fail(err, "select tax zone %s", country)
	}
	return z, s.fill(ctx, z)
}

func (s taxes) fill(ctx context.Context, z pricing.Zone) error {
	_, err := collect(ctx, s.h, taxRatesOf, func(r scanner) (none struct{}, err error) {
		var class string
		var rate int64
		err = r.Scan(&class, &rate)
		z.RatePPM[class] = rate
		return none, err
	}, bind("country", z.Country), bind("subdivision", z.Subdivision))
	return fail(err, "select tax rates of %s", z.Country)
}

func scanRate(r scanner) (x shipping.Rate, err error) {
	var free sql.NullInt64
	err = r.Scan(&x.ID, &x.Country, &x.Method, &x.Title, &x.Price.Currency, &x.MaxWeightG, &x.Price.Minor, &free, &x.PostcodePrefix, &x.Position, &x.Version)
	x.FreeFrom = free.Int64
	return x, err
}

func (s rates) RatePage(ctx context.Context, country, after string, n int) ([]shipping.Rate, error) {
	st, args := shippingRatePage, []sql.NamedArg{bind("after_id", cmp.Or(after, "0")), bind("n", n)}
	if country != "" {
		st, args = shippingRatePageTo, append(args, bind("country", country))
	}
	list, err := collect(ctx, s.h, st, scanRate, args...)
	return list, fail(err, "select shipping rates")
}

func (s rates) HoldRate(ctx context.Context, id string) (shipping.Rate, error) {
	return s.exact(ctx, shippingRateLock, id)
}

func (s rates) Rate(ctx context.Context, id string) (shipping.Rate, error) {
	return s.exact(ctx, shippingRateGet, id)
}

func (s rates) exact(ctx context.Context, st *Statement, id string) (shipping.Rate, error) {
	x, err := scanRate(s.h.row(ctx, st, bind("id", id)))
	if errors.Is(err, sql.ErrNoRows) {
		return x, fault.New(fault.NotFound, "shipping-rate-not-found", "There is no shipping rate %s.", id)
	}
	return x, fail(err, "select shipping rate %s", id)
}

func (s rates) RemoveRate(ctx context.Context, id string) error {
	_, err := s.h.exec(ctx, shippingRateDelete, bind("id", id))
	return fail(err, "delete shipping rate %s", id)
}
