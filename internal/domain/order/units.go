package order

import (
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Units moves units of one line; each number is added to its counter.
type Units struct {
	LineNo                       int64
	Cancelled, Shipped, Returned int64
}

// Pick is a number of units of one line.
type Pick struct {
	LineNo int64 `json:"line"`
	Qty    int64 `json:"qty"`
}

// Unsent is how many units still have to be sent.
func (l Line) Unsent() int64 { return l.Qty - l.Cancelled - l.Shipped }

// Returnable is how many units could still come back.
func (l Line) Returnable() int64 { return l.Shipped - l.Returned }

// Share is what n further units of the line are worth, tax included, and the
// tax in it, in minor units, when others have been given back before: cancelled
// or returned. The shares of all units of a line add up to it to the cent,
// however they are cut (each is the difference of two rounded running sums).
func (l Line) Share(n int64) (total, tax int64, err error) {
	before := l.Cancelled + l.Returned
	if n < 0 || before+n > l.Qty {
		return 0, 0, exceeded(l, n)
	}
	if total, err = running(l.Total, before, before+n, l.Qty); err != nil {
		return 0, 0, err
	}
	tax, err = running(l.Tax, before, before+n, l.Qty)
	return total, min(tax, total), err
}

func running(amount, from, to, of int64) (int64, error) {
	upper, err := money.Scale(amount, to, of)
	if err != nil {
		return 0, err
	}
	lower, err := money.Scale(amount, from, of)
	return upper - lower, err
}

// ShippingShare is what the shopper paid for shipping, tax included, and the
// tax in it: what the lines do not account for.
func (o Order) ShippingShare() (total, tax int64) {
	total, tax = o.Total, o.Tax
	for _, l := range o.Lines {
		total -= l.Total
		tax -= l.Tax
	}
	return total, tax
}

// Remaining counts the units that still have to be sent and those that were.
func Remaining(lines []Line) (unsent, shipped int64) {
	for _, l := range lines {
		unsent += l.Unsent()
		shipped += l.Shipped
	}
	return unsent, shipped
}

// Find returns the line with that number; the code is "line-not-found".
func Find(lines []Line, no int64) (*Line, error) {
	for i := range lines {
		if lines[i].No == no {
			return &lines[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "line-not-found", "The order has no line %d.", no)
}

// MaxPicks bounds how many lines one request may name.
const MaxPicks = 200

// CheckPicks refuses an empty list, a line that stands twice and quantities
// below one; the codes are "no-units" and "bad-quantity".
func CheckPicks(picks []Pick) error {
	if len(picks) == 0 || len(picks) > MaxPicks {
		return fault.Field("no-units", "lines", "name 1 to %d lines with their quantities", MaxPicks)
	}
	seen := map[int64]bool{}
	for _, p := range picks {
		if p.Qty < 1 || seen[p.LineNo] {
			return fault.Field("bad-quantity", "lines", "each line stands once, with a quantity of at least 1")
		}
		seen[p.LineNo] = true
	}
	return nil
}

func exceeded(l Line, n int64) error {
	return fault.New(fault.Conflict, "units-exceeded", "Line %d (%s) has no %d units left for that: of %d, %d are cancelled, %d sent and %d returned.",
		l.No, l.SKU, n, l.Qty, l.Cancelled, l.Shipped, l.Returned)
}

// Exceeded is the answer for more units of a line than there are left.
func Exceeded(l Line, n int64) error { return exceeded(l, n) }
