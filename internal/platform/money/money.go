// Package money holds amounts as integer minor units of an ISO 4217 currency
// and the arithmetic that never loses a cent. It does no I/O.
package money

import (
	"math"
	"math/bits"
	"sort"
	"strconv"
	"strings"

	"tradewind/internal/platform/fault"
)

// Amount is a sum of money: Minor units (cents, yen, fils) of Currency.
type Amount struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// Max is the largest magnitude an Amount may have: 15 digits of minor units,
// the width of the money columns.
const Max = 999_999_999_999_999

// Of returns minor units of currency.
func Of(minor int64, currency string) Amount { return Amount{Minor: minor, Currency: currency} }

// Exponent returns how many decimal digits currency's minor unit has
// (ISO 4217: EUR 2, JPY 0, KWD 3). ok is false if the currency is unknown.
func Exponent(currency string) (exponent int, ok bool) {
	e, ok := exponents[currency]
	return int(e), ok
}

// Known reports whether currency is an active ISO 4217 code.
func Known(currency string) bool { _, ok := exponents[currency]; return ok }

// Add returns a + b. The error's code is "currency-mismatch" or "amount-overflow".
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fault.New(fault.Invalid, "currency-mismatch", "Cannot add %s to %s.", b.Currency, a.Currency)
	}
	sum := a.Minor + b.Minor
	if sum > Max || sum < -Max {
		return Amount{}, overflow()
	}
	return Amount{sum, a.Currency}, nil
}

// Times returns a multiplied by n. The error's code is "amount-overflow".
func (a Amount) Times(n int64) (Amount, error) {
	neg := (a.Minor < 0) != (n < 0)
	hi, lo := bits.Mul64(magnitude(a.Minor), magnitude(n))
	if hi != 0 || lo > Max {
		return Amount{}, overflow()
	}
	if neg {
		return Amount{-int64(lo), a.Currency}, nil
	}
	return Amount{int64(lo), a.Currency}, nil
}

// Scale returns minor * num / den rounded half away from zero, computed in
// 128 bits. den must be positive. The error's code is "amount-overflow".
func Scale(minor, num, den int64) (int64, error) {
	if den <= 0 {
		return 0, fault.New(fault.Invalid, "bad-ratio", "A ratio needs a positive denominator.")
	}
	neg := (minor < 0) != (num < 0)
	hi, lo := bits.Mul64(magnitude(minor), magnitude(num))
	d := uint64(den)
	if hi >= d {
		return 0, overflow()
	}
	q, r := bits.Div64(hi, lo, d)
	if r >= d-r {
		q++
	}
	if q > Max {
		return 0, overflow()
	}
	if neg {
		return -int64(q), nil
	}
	return int64(q), nil
}

// Allocate splits a into len(weights) parts in proportion to weights. The parts
// sum to a exactly: the units lost to rounding down go one each to the largest
// remainders, ties to the earlier part (Hamilton's method).
//
// It serves discounts and refunds spread over order lines, where a lost cent
// is a bookkeeping error. a must not be negative. The code of the error is
// "bad-weights" if weights is empty, has a negative or sums to zero.
func Allocate(a Amount, weights []int64) ([]Amount, error) {
	var sum int64
	for _, w := range weights {
		if w < 0 || sum > math.MaxInt64-w {
			return nil, badWeights()
		}
		sum += w
	}
	if sum == 0 || a.Minor < 0 {
		return nil, badWeights()
	}
	parts := make([]Amount, len(weights))
	rest := make([]uint64, len(weights))
	order := make([]int, len(weights))
	left := a.Minor
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(a.Minor), uint64(w))
		q, r := bits.Div64(hi, lo, uint64(sum))
		parts[i] = Amount{int64(q), a.Currency}
		rest[i], order[i] = r, i
		left -= int64(q)
	}
	sort.SliceStable(order, func(i, j int) bool { return rest[order[i]] > rest[order[j]] })
	for i := range left {
		parts[order[i]].Minor++
	}
	return parts, nil
}

// Parse reads a decimal such as "19.99" as an amount of currency. More digits
// than the currency has, signs other than a leading minus, exponents and
// grouping are refused with code "bad-amount"; currencies with "unknown-currency".
func Parse(text, currency string) (Amount, error) {
	exp, ok := Exponent(currency)
	if !ok {
		return Amount{}, fault.New(fault.Invalid, "unknown-currency", "%q is not an ISO 4217 currency code.", currency)
	}
	whole, frac, dotted := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	frac = strings.TrimRight(frac, "0")
	if !digits(whole) || (dotted && frac != "" && !digits(frac)) || len(frac) > exp {
		return Amount{}, fault.New(fault.Invalid, "bad-amount", "%q is not an amount of %s: write digits with at most %d decimals, such as %s.", text, currency, exp, Of(1999, currency).Decimal())
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", exp-len(frac)), 10, 64)
	if err != nil || n > Max {
		return Amount{}, overflow()
	}
	if strings.HasPrefix(text, "-") {
		n = -n
	}
	return Amount{n, currency}, nil
}

// Decimal returns the amount without its currency, such as "19.99".
func (a Amount) Decimal() string {
	exp := int(exponents[a.Currency])
	s := strconv.FormatUint(magnitude(a.Minor), 10)
	if exp > 0 {
		if len(s) <= exp {
			s = strings.Repeat("0", exp-len(s)+1) + s
		}
		s = s[:len(s)-exp] + "." + s[len(s)-exp:]
	}
	if a.Minor < 0 {
		return "-" + s
	}
	return s
}

// String returns the amount as "19.99 EUR".
func (a Amount) String() string { return a.Decimal() + " " + a.Currency }

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func overflow() error {
	return fault.New(fault.Invalid, "amount-overflow", "The amount is larger than %d minor units.", int64(Max))
}

func badWeights() error {
	return fault.New(fault.Invalid, "bad-weights", "An amount can be split only over weights that are not negative and not all zero.")
}
