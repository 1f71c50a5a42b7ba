package inventory

import (
	"context"
	"time"

	"tradewind/internal/platform/fault"
)

// InboundState is where goods on their way are.
type InboundState string

// The states of goods on their way: draft -> sent -> received, and a draft may
// be cancelled.
const (
	Draft     InboundState = "draft"
	Sent      InboundState = "sent"
	Received  InboundState = "received"
	Cancelled InboundState = "cancelled"
)

// Inbound is goods on their way to a location: a delivery from a supplier, or,
// with From, a transfer from another location. Sent goods are in nobody's
// on-hand but in the incoming of To.
type Inbound struct {
	ID       string
	From, To string // location ids; From is "" for a delivery
	State    InboundState
	Version  int64
	Supplier string
	Note     string
	Expected time.Time // zero if not known
	Created  time.Time
	Lines    []InboundLine
}

// InboundLine is a SKU of an Inbound. Received + Missing = Qty when it is over.
type InboundLine struct {
	SKU                    string
	Qty, Received, Missing int64
}

// Outstanding is what is still to come.
func (l InboundLine) Outstanding() int64 { return l.Qty - l.Received - l.Missing }

// Over reports whether nothing is still to come.
func (in Inbound) Over() bool {
	for _, l := range in.Lines {
		if l.Outstanding() > 0 {
			return false
		}
	}
	return true
}

// Arrival is what of a line has come, and what is known never to come.
type Arrival struct {
	SKU               string
	Received, Missing int64
}

// Accept applies arrivals to the lines; codes are "inbound-line-not-found" and
// "inbound-too-many".
func (in Inbound) Accept(arrivals []Arrival) (Inbound, error) {
	lines := append([]InboundLine(nil), in.Lines...)
	for _, a := range arrivals {
		found := false
		for i := range lines {
			l := &lines[i]
			if l.SKU != a.SKU {
				continue
			}
			found = true
			if a.Received < 0 || a.Missing < 0 || a.Received+a.Missing > l.Outstanding() {
				return in, fault.New(fault.Conflict, "inbound-too-many", "%d of %s are still to come; %d cannot have come and %d be missing.", l.Outstanding(), a.SKU, a.Received, a.Missing)
			}
			l.Received, l.Missing = l.Received+a.Received, l.Missing+a.Missing
		}
		if !found {
			return in, fault.New(fault.NotFound, "inbound-line-not-found", "%s is not among these goods.", a.SKU)
		}
	}
	in.Lines = lines
	return in, nil
}

// Inbounds keeps goods on their way.
type Inbounds interface {
	// InsertInbound adds a draft; codes are "location-not-found" and "sku-not-found".
	InsertInbound(ctx context.Context, in Inbound) error
	// LockInbound returns the goods with their lines and keeps them until the
	// transaction ends; the code is "inbound-not-found".
	LockInbound(ctx context.Context, id string) (Inbound, error)
	// Inbound is LockInbound without keeping.
	Inbound(ctx context.Context, id string) (Inbound, error)
	// SaveInbound writes the state and lines of goods that are locked.
	SaveInbound(ctx context.Context, in Inbound) error
	// OpenInbounds lists drafts and sent goods, newest first, without lines: n
	// with an id below before, "" for the newest.
	OpenInbounds(ctx context.Context, before string, n int) ([]Inbound, error)
}
