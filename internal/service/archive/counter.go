package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
)

// counter adds lines up. The zero value is ready.
type counter struct {
	orders int64
	sums   map[string]Sum
	hash   hash.Hash
}

func (c *counter) add(l line) error {
	if c.hash == nil {
		c.hash, c.sums = sha256.New(), map[string]Sum{}
	}
	c.orders++
	c.hash.Write(l.text)
	sum := c.sums[l.Currency]
	c.sums[l.Currency] = Sum{l.Currency, sum.Orders + 1, sum.Total + l.Total, sum.Refunded + l.Payment.Refunded}
	return nil
}

func (c *counter) contents() Contents {
	if c.hash == nil {
		c.hash = sha256.New()
	}
	out := Contents{Orders: c.orders, SHA256: hex.EncodeToString(c.hash.Sum(nil))}
	for _, currency := range slices.Sorted(maps.Keys(c.sums)) {
		out.Sums = append(out.Sums, c.sums[currency])
	}
	return out
}
