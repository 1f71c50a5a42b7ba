// Package stream is the port of the log of facts: messages that are appended to
// partitions by key and read by groups, each at its own pace and again if need
// be. It imports fault and does no I/O.
package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"regexp"
	"time"

	"tradewind/internal/platform/fault"
)

// The bounds of a message. OCI Streaming takes 1 MiB a message and keys of 256
// bytes; facts are far below that.
const (
	MaxKey   = 100      // bytes
	MaxValue = 64 << 10 // bytes
)

// Message is something to be appended.
type Message struct {
	Key   string          // messages of one key are read in the order in which they were appended
	Value json.RawMessage // a JSON object
	Loose bool            // its order among those of its key does not matter
}

// Check reports whether every log can keep m. The code of the error is "stream-message-invalid".
func (m Message) Check() error {
	if m.Key == "" || len(m.Key) > MaxKey || len(m.Value) > MaxValue || len(m.Value) == 0 || m.Value[0] != '{' || !json.Valid(m.Value) {
		return fault.New(fault.Invalid, "stream-message-invalid", "A message of %d bytes under the key %.40q cannot be kept: keys have 1 to %d bytes, messages are JSON objects of up to %d.", len(m.Value), m.Key, MaxKey, MaxValue)
	}
	return nil
}

// Record is a message in its place. Offsets grow within a partition, with gaps
// where a log makes them.
type Record struct {
	Partition int
	Offset    int64
	At        time.Time // when it was appended; never falls within a partition
	Key       string
	Value     json.RawMessage
}

// Place is where reading begins: at the oldest record that is kept, behind the
// latest, or at the first that was appended at Since or later.
type Place struct {
	Latest bool
	Since  time.Time
}

// Oldest is the place of the oldest record that is kept, Latest behind the last one.
var (
	Oldest = Place{}
	Latest = Place{Latest: true}
)

// Log is a log of facts. Errors have the codes "stream-message-invalid",
// "stream-group-invalid", "stream-group-unknown", "stream-reader-lost" and, worth
// another attempt, "stream-unavailable".
type Log interface {
	// Name tells logs apart: an offset of one means nothing in another.
	Name() string
	// Append adds a batch of any size. After an error some of it may be there;
	// whoever appends it again makes repeats, which readers tell by the id within.
	Append(ctx context.Context, batch []Message) error
	// Join takes part in a group, which begins at from if it is new. The readers
	// of a group share the partitions.
	Join(ctx context.Context, group string, from Place) (Reader, error)
	// Reset moves all of a group; its readers are lost and join again.
	Reset(ctx context.Context, group string, to Place) error
	// State looks at the log and at groups: those named, and all that it knows.
	State(ctx context.Context, groups ...string) (State, error)
}

// Reader reads for a group what the others do not. It is used by one goroutine.
// After "stream-reader-lost" somebody else may have its partitions: it is closed,
// and what was not committed comes again.
type Reader interface {
	// Next returns up to n records, in order within a partition; none if there are
	// none now.
	Next(ctx context.Context, n int) ([]Record, error)
	// Commit says that all that Next returned so far has been handled.
	Commit(ctx context.Context) error
	// Keep is called while records are handled for long: the partitions stay.
	Keep(ctx context.Context) error
	// Close gives the partitions to others. What was not committed comes again.
	Close(ctx context.Context) error
}

// Unknown is an offset that a log does not tell.
const Unknown = -1

// State is what a log and its groups look like.
type State struct {
	Partitions []Partition // by number
	Groups     []Group     // by name
}

// Partition is a part of a log: its records have offsets from First to below End.
type Partition struct{ First, End int64 }

// Group is how far a group has come.
type Group struct {
	Name     string
	Progress []Progress // by partition
}

// Progress is how far a group has come in a partition: up to below Next, Unknown
// if nothing was committed. Reader has it until then; "" is nobody.
type Progress struct {
	Partition int
	Next      int64
	Reader    string
	Until     time.Time
}

// Lag is how many records the group has yet to read; known is false if the log
// does not tell where it ends.
func (s State) Lag(g Group) (n int64, known bool) {
	for _, p := range g.Progress {
		if p.Partition >= len(s.Partitions) || s.Partitions[p.Partition].End == Unknown {
			return 0, false
		}
		part := s.Partitions[p.Partition]
		n += max(0, part.End-max(p.Next, part.First))
	}
	return n, true
}

var groupName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,49}$`)

// CheckGroup reports whether a group may have that name. The code of the error
// is "stream-group-invalid".
func CheckGroup(name string) error {
	if !groupName.MatchString(name) {
		return fault.New(fault.Invalid, "stream-group-invalid", "%.60q cannot be the name of a group; write up to 50 small letters, digits and hyphens, a letter first.", name)
	}
	return nil
}

// PartitionOf is the partition of n that a key belongs to (FNV-1a).
func PartitionOf(key string, n int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return int(h.Sum32() % uint32(n))
}

// GroupUnknown says that there is no such group.
func GroupUnknown(name string) error {
	return fault.New(fault.NotFound, "stream-group-unknown", "There is no group %s: it begins when somebody reads for it.", name)
}

// ReaderLost says that a reader has lost its partitions.
func ReaderLost(group string) error {
	return fault.New(fault.Conflict, "stream-reader-lost", "This reader of %s was away for too long, or the group was moved; it must join again.", group)
}

// Unavailable says that the log does not answer.
func Unavailable(cause error) error {
	return fault.New(fault.Unavailable, "stream-unavailable", "The stream of facts cannot be reached at the moment.").Because(cause)
}

// String writes a place as the command line does.
func (p Place) String() string {
	switch {
	case p.Latest:
		return "latest"
	case p.Since.IsZero():
		return "start"
	}
	return p.Since.UTC().Format(time.RFC3339Nano)
}

// ParsePlace reads start, latest or a moment of RFC 3339.
func ParsePlace(text string) (Place, error) {
	switch text {
	case "start":
		return Oldest, nil
	case "latest":
		return Latest, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return Place{}, fmt.Errorf("%q is no place in the stream; write start, latest or a time such as 2026-03-01T12:00:00Z", text)
	}
	return Place{Since: t.UTC()}, nil
}
