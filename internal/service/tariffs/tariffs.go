// Package tariffs is what staff do with tax zones and shipping rates. Every
// change is audited and names the version that it was made from.
package tariffs

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// Service keeps tariffs.
type Service struct {
	DB    store.DB
	Now   func() time.Time
	NewID func() string
}

// By is who does something, and under which key.
type By struct {
	Actor string // staff:ID
	Once  idempotency.Request
}

var (
	countryShape = regexp.MustCompile(`^[A-Z]{2}$`)
	partShape    = regexp.MustCompile(`^([*]|[A-Z0-9]{1,12})$`)
	nameShape    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// checkZone says what is wrong with a zone; the code is "tax-zone-invalid".
func checkZone(z pricing.Zone) error {
	bad := func(field, format string, args ...any) error {
		return fault.Field("tax-zone-invalid", field, format, args...)
	}
	switch {
	case !countryShape.MatchString(z.Country):
		return bad("country", "%.10q is not an ISO 3166-1 alpha-2 code such as DE", z.Country)
	case !partShape.MatchString(z.Subdivision):
		return bad("subdivision", "%.20q is neither a part of a country, such as CA, nor * for the whole", z.Subdivision)
	case len(z.Region) > 8 || !nameShape.MatchString(z.Region):
		return bad("region", "write up to 8 small letters, digits and dashes, such as eu")
	case len(z.RatePPM) > 20:
		return bad("rates", "at most 20 classes are possible")
	}
	for _, class := range slices.Sorted(maps.Keys(z.RatePPM)) {
		if len(class) > 20 || !nameShape.MatchString(class) {
			return bad("rates", "%.30q is no tax class; write up to 20 small letters, digits and dashes", class)
		}
		if rate := z.RatePPM[class]; rate < 0 || rate > 1_000_000 {
			return bad("rates", "%d parts per million of %s are not between 0 and 1000000", rate, class)
		}
	}
	return nil
}

func zoneName(z pricing.Zone) string { return "tax-zone " + z.Country + " " + z.Subdivision }

// AddZone adds a zone; codes are "tax-zone-invalid" and "tax-zone-taken".
func (s *Service) AddZone(ctx context.Context, by By, z pricing.Zone) (pricing.Zone, error) {
	z.Subdivision = pricing.Subdivision(z.Subdivision)
	if err := checkZone(z); err != nil {
		return z, err
	}
	return once.Do(ctx, s.DB, by.Once, s.Now(), func(tx store.Stores) (pricing.Zone, error) {
		_, err := tx.Taxes.HoldZone(ctx, z.Country, z.Subdivision)
		if err == nil {
			return z, fault.New(fault.Conflict, "tax-zone-taken", "There is a tax zone %s %s already.", z.Country, z.Subdivision)
		}
		if fault.KindOf(err) != fault.NotFound {
			return z, err
		}
		return s.putZone(ctx, tx, by, "tax-zone.add", z)
	})
}

// ChangeZone replaces the zone, if its version is z's. Codes are
// "tax-zone-invalid", "tax-zone-not-found" and "changed-meanwhile".
func (s *Service) ChangeZone(ctx context.Context, by By, z pricing.Zone) (now pricing.Zone, err error) {
	z.Subdivision = pricing.Subdivision(z.Subdivision)
	if err := checkZone(z); err != nil {
		return z, err
	}
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := seenZone(ctx, tx, z); err != nil {
			return err
		}
		now, err = s.putZone(ctx, tx, by, "tax-zone.change", z)
		return err
	})
	return now, err
}

func seenZone(ctx context.Context, tx store.Stores, z pricing.Zone) error {
	old, err := tx.Taxes.HoldZone(ctx, z.Country, z.Subdivision)
	if err == nil && old.Version != z.Version {
		err = fault.ChangedMeanwhile(zoneName(z))
	}
	return err
}

func (s *Service) putZone(ctx context.Context, tx store.Stores, by By, action string, z pricing.Zone) (pricing.Zone, error) {
	if err := tx.Taxes.PutZone(ctx, z); err != nil {
		return z, err
	}
	z, err := tx.Taxes.HoldZone(ctx, z.Country, z.Subdivision)
	if err != nil {
		return z, err
	}
	return z, tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor, Action: action, Subject: zoneName(z), Details: z, At: s.Now()})
}

// RemoveZone ends selling to a zone. Codes are those of ChangeZone.
func (s *Service) RemoveZone(ctx context.Context, by By, z pricing.Zone) error {
	z.Subdivision = pricing.Subdivision(z.Subdivision)
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := seenZone(ctx, tx, z); err != nil {
			return err
		}
		if _, err := tx.Taxes.RemoveZone(ctx, z.Country, z.Subdivision); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor, Action: "tax-zone.remove", Subject: zoneName(z), Details: map[string]any{}, At: s.Now()})
	})
}

// checkRate says what is wrong with a rate; the code is "shipping-rate-invalid".
func checkRate(r shipping.Rate) error {
	bad := func(field, format string, args ...any) error {
		return fault.Field("shipping-rate-invalid", field, format, args...)
	}
	switch {
	case !countryShape.MatchString(r.Country):
		return bad("country", "%.10q is not an ISO 3166-1 alpha-2 code such as DE", r.Country)
	case len(r.Method) > 40 || !nameShape.MatchString(r.Method):
		return bad("method", "write up to 40 small letters, digits and dashes, such as express")
	case r.MaxWeightG < 1 || r.MaxWeightG > 999_999_999:
		return bad("max_weight_g", "%d g is not between 1 and 999999999", r.MaxWeightG)
	case !money.Known(r.Price.Currency):
		return bad("price.currency", "%.10q is not an ISO 4217 code such as EUR", r.Price.Currency)
	case r.Price.Minor < 0 || r.Price.Minor > money.Max:
		return bad("price.minor", "%d is not between 0 and %d", r.Price.Minor, int64(money.Max))
	case r.FreeFrom < 0 || r.FreeFrom > money.Max:
		return bad("free_from", "%d is not between 0 (never) and %d", r.FreeFrom, int64(money.Max))
	case r.PostcodePrefix != "" && !partShape.MatchString(r.PostcodePrefix):
		return bad("postcode_prefix", "write up to 12 capital letters and digits, without blanks")
	case r.Position < 0 || r.Position > 999_999_999:
		return bad("position", "%d is not between 0 and 999999999", r.Position)
	}
	return nil
}

// AddRate adds a rate; the code is "shipping-rate-invalid".
func (s *Service) AddRate(ctx context.Context, by By, r shipping.Rate) (shipping.Rate, error) {
	r.ID = s.NewID()
	if err := checkRate(r); err != nil {
		return r, err
	}
	return once.Do(ctx, s.DB, by.Once, s.Now(), func(tx store.Stores) (shipping.Rate, error) {
		return s.putRate(ctx, tx, by, "shipping-rate.add", r)
	})
}

// ChangeRate replaces the rate of r's id, if its version is r's. Codes are
// "shipping-rate-invalid", "shipping-rate-not-found" and "changed-meanwhile".
func (s *Service) ChangeRate(ctx context.Context, by By, r shipping.Rate) (now shipping.Rate, err error) {
	if err := checkRate(r); err != nil {
		return r, err
	}
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := seenRate(ctx, tx, r.ID, r.Version); err != nil {
			return err
		}
		now, err = s.putRate(ctx, tx, by, "shipping-rate.change", r)
		return err
	})
	return now, err
}

func seenRate(ctx context.Context, tx store.Stores, id string, version int64) error {
	old, err := tx.Shipping.HoldRate(ctx, id)
	if err == nil && old.Version != version {
		err = fault.ChangedMeanwhile("shipping rate " + id)
	}
	return err
}

func (s *Service) putRate(ctx context.Context, tx store.Stores, by By, action string, r shipping.Rate) (shipping.Rate, error) {
	if err := tx.Shipping.PutRate(ctx, r); err != nil {
		return r, err
	}
	r, err := tx.Shipping.HoldRate(ctx, r.ID)
	if err != nil {
		return r, err
	}
	return r, tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor, Action: action, Subject: r.ID, Details: r, At: s.Now()})
}

// RemoveRate ends a rate. Codes are those of ChangeRate.
func (s *Service) RemoveRate(ctx context.Context, by By, id string, version int64) error {
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := seenRate(ctx, tx, id, version); err != nil {
			return err
		}
		if err := tx.Shipping.RemoveRate(ctx, id); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor, Action: "shipping-rate.remove", Subject: id, Details: map[string]any{}, At: s.Now()})
	})
}
