package remembered_test

import (
	"testing"

	"tradewind/internal/platform/token"
)

// BenchmarkLookUp compares what a look-up costs in the embedded database, where
// no network is between, with one in Redis on the same machine.
func BenchmarkLookUp(b *testing.B) {
	h := build(b)
	p := h.process(b)
	m, a := h.member(b, p), p.filled(b)
	p.knows(b, m.token)
	p.remembers(b, a)
	read, known := h.db.Read(), p.DB.Read()
	for name, do := range map[string]func() error{
		"session in the database": func() error {
			_, _, err := read.Sessions.Customer(b.Context(), token.Hash(m.token), h.now())
			return err
		},
		"session in Redis": func() error {
			_, _, err := known.Sessions.Customer(b.Context(), token.Hash(m.token), h.now())
			return err
		},
		"cart in the database": func() error { _, err := read.Carts.Shown(b.Context(), a.ID, token.Hash(a.Token), h.now()); return err },
		"cart in Redis":        func() error { _, err := known.Carts.Shown(b.Context(), a.ID, token.Hash(a.Token), h.now()); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
