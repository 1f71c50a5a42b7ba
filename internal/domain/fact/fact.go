// Package fact is the shop's vocabulary towards those who read its stream: what
// happened, in the envelope of CloudEvents 1.0, each type with a schema in
// api/events. Facts name things by id and hold no data about people. It imports
// stream and money and does no I/O.
package fact

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/stream"
)

// prefix begins the name of every type in an envelope.
const prefix = "tradewind."

// schemas is where the schema of a type is named; api/events has the files.
const schemas = "urn:tradewind:events:"

// Fact is something that happened.
type Fact struct {
	ID      string    // the same if it is told again
	Type    string    // such as OrderPlaced
	Subject string    // the aggregate: facts of one subject keep their order, unless Loose
	Key     string    // what it is kept under, if that is not its subject
	At      time.Time // when it happened
	Trace   string    // traceparent of the request (W3C Trace Context), if there was one
	Data    any
	Loose   bool
}

// Event is a fact as it is read: CloudEvents 1.0, JSON format, structured mode.
type Event struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Time        time.Time       `json:"time"`
	DataSchema  string          `json:"dataschema"`
	ContentType string          `json:"datacontenttype"`
	TraceParent string          `json:"traceparent,omitempty"` // extension of CloudEvents for tracing
	Data        json.RawMessage `json:"data"`
}

// Message puts f into its envelope. source is the shop's address.
func (f Fact) Message(source string) (stream.Message, error) {
	data, err := json.Marshal(f.Data)
	if err != nil {
		return stream.Message{}, fmt.Errorf("encode %s: %w", f.Type, err)
	}
	value, err := json.Marshal(Event{SpecVersion: "1.0", ID: f.ID, Source: source, Type: prefix + f.Type, Subject: f.Subject, Time: f.At.UTC(),
		DataSchema: schemas + f.Type, ContentType: "application/json", TraceParent: f.Trace, Data: data})
	return stream.Message{Key: cmp.Or(f.Key, f.Subject), Value: value, Loose: f.Loose}, err
}

// Read opens the envelope of a record.
func Read(r stream.Record) (e Event, err error) {
	if err := json.Unmarshal(r.Value, &e); err != nil {
		return e, fmt.Errorf("record %d of partition %d is no event: %w", r.Offset, r.Partition, err)
	}
	return e, nil
}

// Is reports whether e is of that type, such as OrderPlaced.
func (e Event) Is(kind string) bool { return e.Type == prefix+kind }

// Of reports whether e is of one of the types, written with or without the
// version: order.placed is every version of it. No types are all types.
func (e Event) Of(types []string) bool {
	name := strings.TrimPrefix(e.Type, prefix)
	bare := name[:max(0, strings.LastIndex(name, ".v"))]
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool { t = strings.TrimPrefix(t, prefix); return t == name || t == bare })
}

// Data reads the data of e; ok is false if it is something else.
func Data[D any](e Event) (data D, ok bool) {
	err := json.Unmarshal(e.Data, &data)
	return data, err == nil
}
