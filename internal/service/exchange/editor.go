package exchange

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tradewind/internal/domain/audit"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store"
)

// editor is what staff change the catalogue with, inside the transaction of a
// batch; what it tells the audit waits for the end of the batch.
func (l *loading) editor(tx store.Stores) *merchandising.Editor {
	tx.Audit = waiting{tx.Audit, l}
	return &merchandising.Editor{DB: inside{l.s.DB, tx}, Now: func() time.Time { return l.now }, NewID: l.s.NewID}
}

// inside is a database whose transactions are all the one under way.
type inside struct {
	store.DB
	tx store.Stores
}

func (d inside) InTx(_ context.Context, fn func(tx store.Stores) error) error { return fn(d.tx) }
func (d inside) Read() store.Stores                                           { return d.tx }

// waiting keeps entries until all of a batch are added in one order.
type waiting struct {
	audit.Store
	l *loading
}

func (w waiting) Add(_ context.Context, e audit.Entry) error {
	w.l.entries = append(w.l.entries, e)
	return nil
}

// checkID refuses what is no id of a thing that is new; without one it gets its own.
func checkID(id string) error {
	if u, err := uuid.Parse(id); id != "" && (err != nil || u.String() != id) {
		return fault.Field("bad-id", "id", "%.60q is not an id such as 01890a5d-ac96-774b-bcce-b302099a8057; leave it out for a new one", id)
	}
	return nil
}
