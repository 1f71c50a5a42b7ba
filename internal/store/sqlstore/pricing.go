package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/fault"
)

// taxes keeps tax_zone and tax_rate.
type taxes struct{ h handle }

// rates keeps shipping_rate.
type rates struct{ h handle }

var (
	taxZone = statement("tax_zone.of_country", `SELECT z.subdivision, z.region, z.inclusive, r.tax_class, r.rate_ppm
		FROM tax_zone z LEFT JOIN tax_rate r ON r.country = z.country AND r.subdivision = z.subdivision
		WHERE z.country = :country AND z.subdivision IN ('*', :subdivision)`)
	taxZoneUpdate = statement("tax_zone.update", `UPDATE tax_zone SET region = :region, inclusive = :inclusive, version = version + 1 WHERE country = :country AND subdivision = :subdivision`)
	taxZoneInsert = statement("tax_zone.insert", `INSERT INTO tax_zone (country, subdivision, region, inclusive) VALUES (:country, :subdivision, :region, :inclusive)`)
	taxZoneDelete = statement("tax_zone.delete", `DELETE FROM tax_zone WHERE country = :country AND subdivision = :subdivision`)
	taxRateDelete = statement("tax_rate.delete", `DELETE FROM tax_rate WHERE country = :country AND subdivision = :subdivision`)
	taxRateInsert = statement("tax_rate.insert", `INSERT INTO tax_rate (country, subdivision, tax_class, rate_ppm) VALUES (:country, :subdivision, :tax_class, :rate_ppm)`)
	taxZonePage   = statement("tax_zone.page", `SELECT z.country, z.subdivision, z.region, z.inclusive, r.tax_class, r.rate_ppm
		FROM tax_zone z LEFT JOIN tax_rate r ON r.country = z.country AND r.subdivision = z.subdivision
		WHERE z.country > :after_country ORDER BY z.country, z.subdivision, r.tax_class FETCH FIRST :n ROWS ONLY`)

	shippingRates = statement("shipping_rate.to_country", `SELECT id, country, method, title, currency, max_weight_g, minor, free_from_minor, postcode_prefix, position
		FROM shipping_rate WHERE country = :country AND currency = :currency ORDER BY position, id`)
	shippingRateUpdate = statement("shipping_rate.update", `UPDATE shipping_rate SET country = :country, method = :method, title = :title, currency = :currency,
		max_weight_g = :max_weight_g, minor = :minor, free_from_minor = :free_from, postcode_prefix = :prefix, position = :position, version = version + 1 WHERE id = :id`)
	shippingRateInsert = statement("shipping_rate.insert", `INSERT INTO shipping_rate (id, country, method, title, currency, max_weight_g, minor, free_from_minor, postcode_prefix, position)
		VALUES (:id, :country, :method, :title, :currency, :max_weight_g, :minor, :free_from, :prefix, :position)`)
)

func (s taxes) Zone(ctx context.Context, country, subdivision string) (pricing.Zone, error) {
	rest, own := pricing.Zone{}, pricing.Zone{}
	subdivision = pricing.Subdivision(subdivision)
	_, err := collect(ctx, s.h, taxZone, func(r scanner) (none struct{}, err error) {
		row, class, ppm, err := scanZone(r, country)
		z := &rest
		if row.Subdivision != pricing.WholeCountry {
			z = &own
		}
		if z.Country == "" {
			*z = row
		}
		if class != "" {
			z.RatePPM[class] = ppm
		}
		return none, err
	}, bind("country", country), bind("subdivision", subdivision))
	switch {
	case err != nil:
		return own, fail(err, "select tax zone of %s", country)
	case own.Country != "":
		return own, nil
	case rest.Country != "":
		return rest, nil
	}
	return own, fault.Field("unknown-country", "country", "the shop does not sell to %q", country)
}

// scanZone reads a zone with one of its rates; class is "" if it has none.
func scanZone(r scanner, country string) (z pricing.Zone, class string, ppm int64, err error) {
	var rate sql.NullInt64
	z = pricing.Zone{Country: country, RatePPM: map[string]int64{}}
	dest := []any{&z.Subdivision, &z.Region, &z.Inclusive, &class, &rate}
	if country == "" {
		dest = append([]any{&z.Country}, dest...)
	}
	err = r.Scan(dest...)
	return z, class, rate.Int64, err
}

func (s taxes) Zones(ctx context.Context, after string, n int) ([]pricing.Zone, error) {
	var out []pricing.Zone
	_, err := collect(ctx, s.h, taxZonePage, func(r scanner) (none struct{}, err error) {
		row, class, ppm, err := scanZone(r, "")
		if k := len(out); k == 0 || out[k-1].Country != row.Country || out[k-1].Subdivision != row.Subdivision { // a row for each rate
			out = append(out, row)
		}
		if class != "" {
			out[len(out)-1].RatePPM[class] = ppm
		}
		return none, err
	}, bind("after_country", cmp.Or(after, " ")), bind("n", n))
	return out, fail(err, "select tax zones")
}

func (s taxes) PutZone(ctx context.Context, z pricing.Zone) error {
	at := []sql.NamedArg{bind("country", z.Country), bind("subdivision", pricing.Subdivision(z.Subdivision))}
	for _, st := range []*Statement{taxZoneUpdate, taxZoneInsert} {
		n, err := s.h.exec(ctx, st, append(at, bind("region", cmp.Or(z.Region, pricing.RestOfWorld)), bind("inclusive", bit(z.Inclusive)))...)
		if codeOf(err) == codeUnique { // somebody adds it at the same time
			return fault.New(fault.Conflict, "tax-zone-taken", "There is a tax zone %s %s already.", z.Country, z.Subdivision).Because(err)
		}
		if err != nil {
			return fail(err, "write tax zone %s", z.Country)
		}
		if n > 0 {
			break
		}
	}
	if _, err := s.h.exec(ctx, taxRateDelete, at...); err != nil {
		return fail(err, "clear tax rates of %s", z.Country)
	}
	for _, class := range slices.Sorted(maps.Keys(z.RatePPM)) {
		if _, err := s.h.exec(ctx, taxRateInsert, append(at, bind("tax_class", class), bind("rate_ppm", z.RatePPM[class]))...); err != nil {
			return fail(err, "write tax rate %s of %s", class, z.Country)
		}
	}
	return nil
}

func (s taxes) RemoveZone(ctx context.Context, country, subdivision string) (bool, error) {
	n, err := s.h.exec(ctx, taxZoneDelete, bind("country", country), bind("subdivision", pricing.Subdivision(subdivision)))
	return n > 0, fail(err, "delete tax zone %s", country)
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
