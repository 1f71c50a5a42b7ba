// Package picking holds pick lists: which units of a paid order are fetched at
// which location, packed and handed over. It counts units of order lines; where
// they lie, the order's reservations say. It does no I/O.
package picking

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/platform/fault"
)

// State is how far a list has come.
type State string

// The states of a list.
//
//	open -> picking | packed | shipped | withdrawn
//	picking -> packed | shipped | withdrawn
//	packed -> shipped | withdrawn | picking (some of its units were cancelled or sent otherwise)
const (
	Open      State = "open"
	Picking   State = "picking" // somebody fetches it
	Packed    State = "packed"
	Shipped   State = "shipped"
	Withdrawn State = "withdrawn" // there is nothing left to fetch
)

// Live reports whether the units of the list are still to be sent.
func (s State) Live() bool { return s == Open || s == Picking || s == Packed }

// List is what is fetched at one location for one order, and goes into one parcel.
type List struct {
	ID, OrderID, Location string
	State                 State
	Version               int64
	Actor                 string // who did the last step
	ShipmentID            string // of the parcel, once it is handed over
	CreatedAt, UpdatedAt  time.Time
	Lines                 []order.Pick // those without units are left out
}

// Units counts the units of one line of the order on the list.
func (l List) Units(lineNo int64) int64 {
	for _, p := range l.Lines {
		if p.LineNo == lineNo {
			return p.Qty
		}
	}
	return 0
}

// Filter narrows a page of lists.
type Filter struct {
	State    State
	Location string // "" for all
	After    string // id of the last list of the page before
	Limit    int
}

// Store keeps lists. Whoever changes one has locked its order.
type Store interface {
	Insert(ctx context.Context, l List) error
	// Get returns a list with its lines; the code is "pick-list-not-found".
	Get(ctx context.Context, id string) (List, error)
	// OfOrder returns the lists of an order with their lines, oldest first.
	OfOrder(ctx context.Context, orderID string) ([]List, error)
	// Save writes the state, actor, shipment and lines of l under the next version
	// if the list still has l.Version, and returns it; the code is "changed-meanwhile".
	Save(ctx context.Context, l List) (List, error)
	// Missing returns up to n paid orders with id > after that have no list.
	Missing(ctx context.Context, after string, n int) (orderIDs []string, err error)
	// Page returns lists in a state with their lines, oldest first.
	Page(ctx context.Context, f Filter) ([]List, error)
}

// Topics of events. The aggregate is the list's id, the sequence its version.
const (
	TopicListed = "picking.listed" // there is something to fetch
	TopicPacked = "picking.packed"
)

// Event is the payload of the topics.
type Event struct {
	ListID   string `json:"list_id"`
	OrderID  string `json:"order_id"`
	Location string `json:"location"`
}

// EventOf says that l came into its state.
func EventOf(l List, at time.Time) outbox.Event {
	topic := TopicListed
	if l.State == Packed {
		topic = TopicPacked
	}
	return outbox.Event{Aggregate: l.ID, Seq: l.Version, Topic: topic, At: at, Payload: Event{ListID: l.ID, OrderID: l.OrderID, Location: l.Location}}
}

// NotFound is the answer for a list that there is not.
func NotFound(id string) error {
	return fault.New(fault.NotFound, "pick-list-not-found", "There is no pick list %s.", id)
}

// Refuse says that a list in state s cannot take the step; the code is
// "pick-list-" with the state, such as "pick-list-shipped".
func Refuse(s State) error {
	return fault.New(fault.Conflict, "pick-list-"+string(s), "The pick list is %s.", s)
}

// Part divides a list into what was packed and what is left of it. The codes are
// those of order.CheckPicks, and "units-exceeded" for more than the list has.
func (l List) Part(packed []order.Pick) (rest []order.Pick, err error) {
	if err := order.CheckPicks(packed); err != nil {
		return nil, err
	}
	in := map[int64]int64{}
	for _, p := range packed {
		if p.Qty > l.Units(p.LineNo) {
			return nil, fault.New(fault.Conflict, "units-exceeded", "The pick list has %d units of line %d, not %d.", l.Units(p.LineNo), p.LineNo, p.Qty)
		}
		in[p.LineNo] = p.Qty
	}
	for _, p := range l.Lines {
		if left := p.Qty - in[p.LineNo]; left > 0 {
			rest = append(rest, order.Pick{LineNo: p.LineNo, Qty: left})
		}
	}
	return rest, nil
}

// Shrink takes units that are no longer to be sent off the live lists, first off
// those that nobody has begun, and returns the lists that changed. A packed list
// that loses units has to be opened again; one that loses all is what end says.
func Shrink(lists []List, lines []order.Line, end State) (changed []List) {
	lists = slices.DeleteFunc(slices.Clone(lists), func(l List) bool { return !l.State.Live() })
	steps := []State{Open, Picking, Packed}
	slices.SortStableFunc(lists, func(a, b List) int { return slices.Index(steps, a.State) - slices.Index(steps, b.State) })
	excess := map[int64]int64{}
	for _, line := range lines {
		excess[line.No] = -line.Unsent()
		for _, l := range lists {
			excess[line.No] += l.Units(line.No)
		}
	}
	for _, l := range lists {
		var left []order.Pick
		shrunk := false
		for _, p := range l.Lines {
			if off := min(p.Qty, max(0, excess[p.LineNo])); off > 0 {
				shrunk = true
				excess[p.LineNo] -= off
				p.Qty -= off
			}
			if p.Qty > 0 {
				left = append(left, p)
			}
		}
		if !shrunk {
			continue
		}
		switch l.Lines = left; {
		case len(left) == 0:
			l.State = end
		case l.State == Packed:
			l.State = Picking
		}
		changed = append(changed, l)
	}
	return changed
}
