package catalog

import (
	"testing"
	"testing/quick"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

func TestAChangeOfPricesRoundsAsItIsTold(t *testing.T) {
	price := func(minor, compare int64) Price { return Price{Amount: money.Of(minor, "EUR"), CompareAt: compare} }
	for name, tc := range map[string]struct {
		change        PriceChange
		minor, former int64
		want, wantWas int64
	}{
		"ten percent off":                    {PriceChange{PercentPPM: -100_000}, 1999, 0, 1799, 0},
		"ten percent off and shown":          {PriceChange{PercentPPM: -100_000, Compare: true}, 1999, 0, 1799, 1999},
		"dearer, and so not shown":           {PriceChange{PercentPPM: 100_000, Compare: true}, 1999, 0, 2199, 0},
		"a former price that is above stays": {PriceChange{PercentPPM: -100_000}, 1000, 1500, 900, 1500},
		"a former price that was overtaken":  {PriceChange{Add: 600}, 1000, 1500, 1600, 0},
		"to the next .99":                    {PriceChange{Step: 100, Offset: -1}, 1250, 0, 1299, 0},
		"to the .99 below":                   {PriceChange{Step: 100, Offset: -1}, 1248, 0, 1199, 0},
		"a .99 stays":                        {PriceChange{Step: 100, Offset: -1}, 1299, 0, 1299, 0},
		"the lowest .99":                     {PriceChange{Step: 100, Offset: -1}, 3, 0, 99, 0},
		"to a step of five":                  {PriceChange{Step: 5}, 1003, 0, 1005, 0},
		"never below zero":                   {PriceChange{Add: -5000}, 1000, 0, 0, 0},
		"everything off":                     {PriceChange{PercentPPM: -1_000_000}, 1000, 0, 0, 0},
	} {
		got, err := tc.change.Of(price(tc.minor, tc.former))
		if err != nil || got.Minor != tc.want || got.CompareAt != tc.wantWas {
			t.Errorf("%s: %d (was %d), %v; want %d (was %d)", name, got.Minor, got.CompareAt, err, tc.want, tc.wantWas)
		}
	}
	if _, err := (PriceChange{PercentPPM: 10_000_000}).Of(price(money.Max, 0)); fault.Code(err) != "amount-overflow" {
		t.Errorf("told %v", err)
	}
}

func TestARoundedPriceIsNearAndIsRoundedForGood(t *testing.T) {
	near := func(minor uint32, step uint16, offset int16) bool {
		c := PriceChange{Currency: "EUR", SKUs: []string{"A"}, Step: int64(step), Offset: int64(offset)}
		if c.Check() != nil || step == 0 {
			return true
		}
		got, err := c.Of(Price{Amount: money.Of(int64(minor), "EUR")})
		if err != nil || got.Minor < 0 || (got.Minor-c.Offset)%c.Step != 0 {
			return false
		}
		distance := max(got.Minor-int64(minor), int64(minor)-got.Minor)
		again, err := c.Of(got)
		return err == nil && again.Minor == got.Minor && (distance <= (c.Step+1)/2 || got.Minor < c.Step)
	}
	if err := quick.Check(near, &quick.Config{MaxCount: 20_000}); err != nil {
		t.Error(err)
	}
}

func TestThePriceThatHoldsIsTheGroupsOwnOrEverybodys(t *testing.T) {
	at := func(h int) time.Time { return time.Unix(int64(h)*3600, 0) }
	base := Price{Amount: money.Of(1000, "EUR"), CompareAt: 1200}
	schedules := []Schedule{
		{Price: money.Of(900, "EUR"), StartsAt: at(2), EndsAt: at(4)},
		{Price: money.Of(1, "USD"), StartsAt: at(1)},
		{Price: money.Of(2, "EUR"), Group: "trade", StartsAt: at(1)},
		{Price: money.Of(800, "EUR"), CompareAt: 1000, StartsAt: at(5)},
	}
	for _, tc := range []struct {
		hour           int
		minor, compare int64
		next           time.Time
	}{{0, 1000, 1200, at(2)}, {2, 900, 0, at(4)}, {3, 900, 0, at(4)}, {4, 1000, 1200, at(5)}, {5, 800, 1000, time.Time{}}} {
		p, next := Effective(base, schedules, at(tc.hour))
		if now := p.Now(); now.Minor != tc.minor || now.CompareAt != tc.compare || !next.Equal(tc.next) || p.Minor != 1000 {
			t.Errorf("at %d: %+v until %v, want %+v", tc.hour, now, next, tc)
		}
	}
}
