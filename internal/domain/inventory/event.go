package inventory

import (
	"time"

	"tradewind/internal/domain/outbox"
)

// Topics of stock. The aggregate of TopicMoved is what moved it, of TopicLocation
// the location, of TopicLook an id of its own, of the others the SKU.
const (
	TopicMoved    = "stock.moved"      // staff changed the stock of some SKUs
	TopicLocation = "location.changed" // a location opened, closed or is sold from in another order
	TopicLook     = "stock.look"       // what a location has is to be looked at, from a SKU on
	TopicChanged  = "stock.changed"    // a SKU sold out, came back, became low or is no longer low
	TopicLow      = "stock.low"        // fewer are left than its policy wants
)

// Moved is the payload of TopicMoved.
type Moved struct {
	SKUs []string `json:"skus"`
}

// Look is the payload of TopicLook. After is the last SKU that was looked at.
// Quiet leaves out what never was in stock: that it is sold out is no news.
type Look struct {
	Location string `json:"location"`
	After    string `json:"after,omitempty"`
	Quiet    bool   `json:"quiet,omitempty"`
}

// Changed is the payload of TopicChanged and TopicLow.
type Changed struct {
	SKU       string `json:"sku"`
	SoldOut   bool   `json:"sold_out"`
	Low       bool   `json:"low"`
	Available int64  `json:"available"`
}

// EventMoved says that the stock of skus was changed under the reference, an id
// that is used once.
func EventMoved(reference string, skus []string, at time.Time) outbox.Event {
	return outbox.Event{Aggregate: reference, Seq: 1, Topic: TopicMoved, Payload: Moved{skus}, At: at}
}

// EventLook has a location looked at; id is used once.
func EventLook(id string, l Look, at time.Time) outbox.Event {
	return outbox.Event{Aggregate: id, Seq: 1, Topic: TopicLook, Payload: l, At: at}
}

// EventLocation says that l was changed.
func EventLocation(l Location, at time.Time) outbox.Event {
	return outbox.Event{Aggregate: l.ID, Seq: l.Version, Topic: TopicLocation, Payload: struct{}{}, At: at}
}

// Events are what s, recorded as s.Version + 1, says: that the SKU changed, and,
// if that is news, that little is left.
func (s Signal) Events(at time.Time) []outbox.Event {
	body := Changed{SKU: s.SKU, SoldOut: s.SoldOut, Low: s.Low, Available: s.Promisable}
	seq := 2 * (s.Version + 1)
	events := []outbox.Event{{Aggregate: s.SKU, Seq: seq, Topic: TopicChanged, Payload: body, At: at}}
	if s.Low && !s.WasLow {
		events = append(events, outbox.Event{Aggregate: s.SKU, Seq: seq + 1, Topic: TopicLow, Payload: body, At: at})
	}
	return events
}
