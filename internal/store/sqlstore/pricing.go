package sqlstore

import (
	"cmp"
	"context"
	"database/sql"

	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/fault"
)

// taxes keeps tax_zone and tax_rate.
type taxes struct{ h handle }

// rates keeps shipping_rate.
type rates struct{ h handle }

var (
	taxZone = statement("tax_zone.of_country", `SELECT z.region, z.inclusive, r.tax_class, r.rate_ppm
		FROM tax_zone z LEFT JOIN tax_rate r ON r.country = z.country WHERE z.country = :country`)
	taxZoneUpdate = statement("tax_zone.update", `UPDATE tax_zone SET region = :region, inclusive = :inclusive WHERE country = :country`)
	taxZoneInsert = statement("tax_zone.insert", `INSERT INTO tax_zone (country, region, inclusive) VALUES (:country, :region, :inclusive)`)
	taxRateDelete = statement("tax_rate.delete", `DELETE FROM tax_rate WHERE country = :country`)
	taxRateInsert = statement("tax_rate.insert", `INSERT INTO tax_rate (country, tax_class, rate_ppm) VALUES (:country, :tax_class, :rate_ppm)`)

	shippingRates = statement("shipping_rate.to_country", `SELECT id, country, method, title, currency, max_weight_g, minor, free_from_minor, postcode_prefix, position
		FROM shipping_rate WHERE country = :country AND currency = :currency ORDER BY position, id`)
	shippingRateUpdate = statement("shipping_rate.update", `UPDATE shipping_rate SET country = :country, method = :method, title = :title, currency = :currency,
		max_weight_g = :max_weight_g, minor = :minor, free_from_minor = :free_from, postcode_prefix = :prefix, position = :position WHERE id = :id`)
	shippingRateInsert = statement("shipping_rate.insert", `INSERT INTO shipping_rate (id, country, method, title, currency, max_weight_g, minor, free_from_minor, postcode_prefix, position)
		VALUES (:id, :country, :method, :title, :currency, :max_weight_g, :minor, :free_from, :prefix, :position)`)
)

func (s taxes) Zone(ctx context.Context, country string) (pricing.Zone, error) {
	z := pricing.Zone{Country: country, RatePPM: map[string]int64{}}
	found := false
	_, err := collect(ctx, s.h, taxZone, func(r scanner) (none struct{}, err error) {
		var class string
		var ppm sql.NullInt64
		found = true
		if err := r.Scan(&z.Region, &z.Inclusive, &class, &ppm); err != nil {
			return none, err
		}
		if class != "" {
			z.RatePPM[class] = ppm.Int64
		}
		return none, nil
	}, bind("country", country))
	if err != nil {
		return z, fail(err, "select tax zone of %s", country)
	}
	if !found {
		return z, fault.Field("unknown-country", "country", "the shop does not sell to %q", country)
	}
	return z, nil
}

func (s taxes) PutZone(ctx context.Context, z pricing.Zone) error {
	country := bind("country", z.Country)
	for _, st := range []*Statement{taxZoneUpdate, taxZoneInsert} {
		n, err := s.h.exec(ctx, st, country, bind("region", cmp.Or(z.Region, pricing.RestOfWorld)), bind("inclusive", bit(z.Inclusive)))
		if err != nil {
			return fail(err, "write tax zone %s", z.Country)
		}
		if n > 0 {
			break
		}
	}
	if _, err := s.h.exec(ctx, taxRateDelete, country); err != nil {
		return fail(err, "clear tax rates of %s", z.Country)
	}
	for class, ppm := range z.RatePPM {
		if _, err := s.h.exec(ctx, taxRateInsert, country, bind("tax_class", class), bind("rate_ppm", ppm)); err != nil {
			return fail(err, "write tax rate %s of %s", class, z.Country)
		}
	}
	return nil
}

func (s rates) Rates(ctx context.Context, country, currency string) ([]shipping.Rate, error) {
	list, err := collect(ctx, s.h, shippingRates, func(r scanner) (x shipping.Rate, err error) {
		var free sql.NullInt64
		err = r.Scan(&x.ID, &x.Country, &x.Method, &x.Title, &x.Price.Currency, &x.MaxWeightG, &x.Price.Minor, &free, &x.PostcodePrefix, &x.Position)
		x.FreeFrom = free.Int64
		return x, err
	}, bind("country", country), bind("currency", currency))
	if err != nil {
		return nil, fail(err, "select shipping rates to %s", country)
	}
	return list, nil
}

func (s rates) PutRate(ctx context.Context, r shipping.Rate) error {
	for _, st := range []*Statement{shippingRateUpdate, shippingRateInsert} {
		n, err := s.h.exec(ctx, st, bind("id", r.ID), bind("country", r.Country), bind("method", r.Method), bind("title", r.Title),
			bind("currency", r.Price.Currency), bind("max_weight_g", r.MaxWeightG), bind("minor", r.Price.Minor),
			bind("free_from", null(r.FreeFrom)), bind("prefix", r.PostcodePrefix), bind("position", r.Position))
		if err != nil {
			return fail(err, "write shipping rate %s", r.ID)
		}
		if n > 0 {
			break
		}
	}
	return nil
}
