// Package audit holds who did what: append-only entries in hash chains, so that
// a change, a removal or an insertion afterwards can be proven.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"time"
)

// Chains is how many chains there are: writers of one chain wait for each
// other until commit, so the subject picks one of several.
const Chains = 16

// Entry is one thing that was done. Details is marshalled to JSON and holds no secrets.
type Entry struct {
	Actor, Action, Subject string
	Details                any
	At                     time.Time
}

// Record is an Entry in its chain.
type Record struct {
	Chain, Seq             int64
	At                     time.Time
	Actor, Action, Subject string
	Details                json.RawMessage
	Hash                   []byte
}

// ChainOf returns the chain that entries about subject go to.
func ChainOf(subject string) int64 {
	h := fnv.New32a()
	h.Write([]byte(subject))
	return int64(h.Sum32() % Chains)
}

// Link computes the hash of r after an entry with hash prev: SHA-256 over prev
// and every field with its length in front.
func Link(prev []byte, r Record) []byte {
	h := sha256.New()
	h.Write(prev)
	var n [8]byte
	for _, part := range [][]byte{
		binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(r.Chain)), uint64(r.Seq)),
		[]byte(r.At.UTC().Format("2006-01-02T15:04:05.000000Z")), []byte(r.Actor), []byte(r.Action), []byte(r.Subject), r.Details,
	} {
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write(part)
	}
	return h.Sum(nil)
}

// Store keeps the chains.
type Store interface {
	// Add appends the entry to the chain of its subject; call it last in a
	// transaction, since it holds the chain until the end. One transaction
	// writes to one subject only.
	Add(ctx context.Context, e Entry) error
	// AddAll is Add for many entries about many subjects, in the order given; it
	// holds all of their chains.
	AddAll(ctx context.Context, list []Entry) error
	// Page returns up to n records of a chain with seq > after, in order.
	Page(ctx context.Context, chain, after int64, n int) ([]Record, error)
	// Newest returns up to n entries about subject, or about anything if it is "",
	// that come before the one given: newest first.
	Newest(ctx context.Context, subject string, before Record, n int) ([]Record, error)
	// Head returns the sequence and hash at the end of a chain; 0 and nil if it is empty.
	Head(ctx context.Context, chain int64) (seq int64, hash []byte, err error)
}
