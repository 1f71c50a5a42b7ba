package remembered

import (
	"context"
	"encoding/json"
	"time"

	"golang.org/x/sync/singleflight"

	"tradewind/internal/domain/shared"
	"tradewind/internal/platform/token"
)

// The longest that anybody may keep what. Each process chooses for itself, and
// has to know for how long others may believe what it could not tell them.
const (
	MostSessions = time.Minute
	MostCarts    = 5 * time.Minute
)

// readWithin bounds a reading that several wait for.
const readWithin = 10 * time.Second

// purpose is what documents are sealed for: who reads the memory learns nothing
// from them, and who writes there cannot make one.
const purpose = "documents in shared memory"

// Memory is where documents are remembered, and for how long; 0 reads each time
// in the database.
type Memory struct {
	Docs            shared.Documents
	Tokens          token.Maker
	Now             func() time.Time
	Sessions, Carts time.Duration
	Observe         func(of string, shared bool) // of is session or cart

	flights singleflight.Group
}

// question is what somebody wants to know.
type question[T any] struct {
	of, key string
	asker   string // who may share the answer, beside the key
	keep    time.Duration
	holds   func(T) bool // whether a document is still good, and this asker's
	read    func(ctx context.Context) (T, error)
}

// document is what is kept of an answer.
type document[T any] struct {
	Until time.Time
	Is    T
}

// ask answers q from the memory if a document there holds, else from the
// database, which one reads for all who ask the same at the same time.
func ask[T any](ctx context.Context, m *Memory, q question[T]) (T, error) {
	doc, version := m.Docs.Find(ctx, q.key)
	if doc != nil {
		if known, ok := open[T](m, q.key, doc); ok && q.holds(known) {
			m.Observe(q.of, true)
			return known, nil
		}
	}
	m.Observe(q.of, false)
	if version == "" {
		return q.read(ctx)
	}
	// Who comes after a change has another version: nobody joins who came before.
	made, err, _ := m.flights.Do(version+" "+q.asker, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
		defer cancel()
		until := m.Now().Add(q.keep)
		is, err := q.read(ctx)
		if err == nil {
			keep(ctx, m, q.key, version, document[T]{until, is})
		}
		return is, err
	})
	return made.(T), err
}

// open returns what a document says, unless its time is over or it was not made
// by a process of this shop, for this key.
func open[T any](m *Memory, key string, doc []byte) (is T, ok bool) {
	text, err := m.Tokens.Open(purpose, key, doc)
	if err != nil {
		return is, false
	}
	var d document[T]
	if err := json.Unmarshal(text, &d); err != nil {
		return is, false
	}
	return d.Is, m.Now().Before(d.Until)
}

// keep remembers a document. What cannot be is read again.
func keep[T any](ctx context.Context, m *Memory, key, version string, d document[T]) {
	text, err := json.Marshal(d)
	if err != nil {
		return
	}
	sealed, err := m.Tokens.Seal(purpose, key, text)
	if err != nil {
		return
	}
	m.Docs.Keep(ctx, key, version, sealed, d.Until.Sub(m.Now()))
}
