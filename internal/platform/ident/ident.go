// Package ident makes ids: UUIDv7 (RFC 9562), whose first 48 bits are the
// millisecond they belong to. Ids made later sort later, and whoever has an id
// has its time.
package ident

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"
)

// New returns an id of now.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// At returns an id of the millisecond of t. Two ids of one millisecond are in
// no order.
func At(t time.Time) string {
	id := uuid.Must(uuid.NewV7())
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(t.UnixMilli())<<16)
	copy(id[:6], ms[:6])
	return id.String()
}

// From returns an id of the millisecond of t whose other bits are the lower ones
// of a and b: the same arguments give the same id.
func From(t time.Time, a, b uint64) string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(t.UnixMilli())<<16|0x7000|a&0x0fff)
	binary.BigEndian.PutUint64(id[8:], 1<<63|b&(1<<62-1))
	return id.String()
}

// Time returns the millisecond of an id, in UTC; ok is false if it has none.
func Time(id string) (t time.Time, ok bool) {
	if len(id) != 36 || id[14] != '7' {
		return time.Time{}, false
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(id[:13], "-", ""))
	if err != nil || len(raw) != 6 {
		return time.Time{}, false
	}
	ms := binary.BigEndian.Uint64(append([]byte{0, 0}, raw...))
	return time.UnixMilli(int64(ms)).UTC(), true
}

// First returns the lowest id of the millisecond of t: every id made before is
// below it.
func First(t time.Time) string { return At(t)[:15] + "000-8000-000000000000" }
