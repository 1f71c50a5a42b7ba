package order

import (
	"math/rand/v2"
	"testing"

	"tradewind/internal/platform/fault"
)

// However the units of a line are given back, the shares add up to it.
func TestSharesAddUpToTheCent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		l := Line{No: 1, Qty: 1 + random.Int64N(40), Total: random.Int64N(100_000)}
		l.Tax = random.Int64N(l.Total + 1)
		l.Shipped = random.Int64N(l.Qty + 1)
		var total, tax int64
		for l.Cancelled+l.Returned < l.Qty {
			cancellable, returnable := l.Unsent(), l.Returnable()
			if cancellable+returnable == 0 {
				t.Fatalf("stuck at %+v", l)
			}
			fromShelf := cancellable > 0 && (returnable == 0 || random.IntN(2) == 0)
			most := returnable
			if fromShelf {
				most = cancellable
			}
			n := 1 + random.Int64N(most)
			part, taxPart, err := l.Share(n)
			if err != nil || part < 0 || taxPart < 0 || taxPart > part {
				t.Fatalf("Share(%d) of %+v = %d, %d, %v", n, l, part, taxPart, err)
			}
			if fair := float64(l.Total) * float64(n) / float64(l.Qty); float64(part) < fair-1 || float64(part) > fair+1 {
				t.Fatalf("Share(%d) of %+v = %d, far from %.2f", n, l, part, fair)
			}
			total, tax = total+part, tax+taxPart
			if fromShelf {
				l.Cancelled += n
			} else {
				l.Returned += n
			}
		}
		if total != l.Total || tax > l.Tax || tax < l.Tax-l.Qty {
			t.Fatalf("the shares of %+v add up to %d and %d", l, total, tax)
		}
		if _, _, err := l.Share(1); fault.Code(err) != "units-exceeded" {
			t.Fatalf("one unit too many = %v", err)
		}
	}
}

func TestShippingIsWhatTheLinesLeave(t *testing.T) {
	o := Order{Total: 5000, Tax: 700, Lines: []Line{{Total: 3000, Tax: 400}, {Total: 1500, Tax: 200}}}
	if total, tax := o.ShippingShare(); total != 500 || tax != 100 {
		t.Errorf("ShippingShare() = %d, %d", total, tax)
	}
}

func TestPicksAreRefusedThatMeanNothing(t *testing.T) {
	for name, picks := range map[string][]Pick{
		"none": nil, "zero": {{1, 0}}, "below zero": {{1, -1}}, "a line twice": {{1, 1}, {2, 1}, {1, 1}}, "too many": make([]Pick, MaxPicks+1),
	} {
		if err := CheckPicks(picks); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := CheckPicks([]Pick{{1, 1}, {2, 3}}); err != nil {
		t.Error(err)
	}
}

func TestAReturnGoesOneWay(t *testing.T) {
	all := []ReturnStatus{Requested, Approved, Rejected, Withdrawn, Received, Refunded}
	allowed := map[[2]ReturnStatus]bool{{Requested, Approved}: true, {Requested, Rejected}: true, {Requested, Withdrawn}: true,
		{Approved, Received}: true, {Approved, Withdrawn}: true, {Received, Refunded}: true}
	for _, from := range all {
		for _, to := range all {
			if got := from.CanBecome(to); got != allowed[[2]ReturnStatus{from, to}] {
				t.Errorf("%s can become %s: %v", from, to, got)
			}
		}
	}
}
