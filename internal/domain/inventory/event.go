package inventory

import (
	"time"

	"tradewind/internal/domain/outbox"
)

// Topics of stock. The aggregate of TopicMoved is what moved it, of TopicLocation
// the location, of the others the SKU.
const (
	TopicMoved    = "stock.moved"      // staff changed the stock of some SKUs
	TopicLocation = "location.changed" // a location opened, closed or is sold from in another order
	TopicChanged  = "stock.changed"    // a SKU sold out, came back, became low or is no longer low
	TopicLow      = "stock.low"        // fewer are left than its policy wants
)

// Moved is the payload of TopicMoved.
type Moved struct {
	SKUs []string `json:"skus"`
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
