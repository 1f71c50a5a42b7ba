// Package inventory holds stock: where it is, how it may be promised, what
// holds it, and the append-only ledger that explains every change of a counter.
package inventory

import (
	"context"
	"time"
)

// Main is the location of a shop that has only one; it comes into being with
// the first stock.
const Main = "main"

// Nowhere is the location of reservations of a SKU that is not counted.
const Nowhere = "none"

// Unlimited is how many units of a SKU that is not counted can be promised.
const Unlimited = 999_999_999

// Place is one counter row: a SKU at a location, in one of its buckets.
type Place struct {
	SKU, Location string // Location is an id
	Bucket        int64
}

// Level is the stock of one SKU, over all locations and buckets.
type Level struct {
	SKU                        string
	OnHand, Reserved, Incoming int64
}

// Available is what is there and not held. It is below zero where more was
// promised than there is.
func (l Level) Available() int64 { return l.OnHand - l.Reserved }

// Reason says why stock moved.
type Reason string

// The reasons in the ledger.
const (
	Receive     Reason = "receive" // goods came in
	Adjust      Reason = "adjust"  // somebody, or an import, set the number
	Damaged     Reason = "damaged"
	Lost        Reason = "lost"
	Found       Reason = "found"
	Count       Reason = "count" // a stock take found another number
	Sale        Reason = "sale"  // a paid order took it
	Return      Reason = "return"
	TransferOut Reason = "transfer_out"
	TransferIn  Reason = "transfer_in"
	Expect      Reason = "expect"   // goods are on their way
	Unexpect    Reason = "unexpect" // goods on their way will not come
	Spread      Reason = "spread"   // from bucket to bucket of one location
)

// Movement is one entry of the ledger.
type Movement struct {
	ID string
	Place
	Reason                     Reason
	OnHandDelta, IncomingDelta int64
	Note, Actor                string
	Reference                  string // an order, an import, a transfer
	MovedAt                    time.Time
}

// Line asks for Qty of SKU.
type Line struct {
	SKU string
	Qty int64
}

// Taken is a reservation of an order of the past.
type Taken struct {
	OrderID string
	Reservation
	HeldAt time.Time
}

// State is what became of a reservation.
type State string

// The states of a reservation.
const (
	Held     State = "held"
	Sold     State = "sold"
	Released State = "released"
)

// Reservation is what an order or a hold has taken from one place. Backordered
// is how many of Qty were not there when they were promised.
type Reservation struct {
	Place
	Qty, Backordered int64
	State            State
}

// Store keeps stock. Every method that changes on hand or incoming writes the
// ledger in the same transaction; what is reserved is explained by the
// reservations.
type Store interface {
	Reservations
	Shelves
	Imports
	Policies
	Lists
	Inbounds
	Takes
	Holds
	Signals
	Books
	Mender

	// Levels returns the stock of those of the SKUs that have any.
	Levels(ctx context.Context, skus []string) ([]Level, error)
}

// Reservations hold stock for orders and sell it.
type Reservations interface {
	// Reserve holds all lines for the order or none of them: the error has code
	// "out-of-stock" and names the SKU. Rows are taken in order of their key, so
	// two orders never wait for each other in a circle.
	Reserve(ctx context.Context, orderID string, lines []Line, now time.Time) error
	// Release gives back what the order still holds and reports how many units.
	Release(ctx context.Context, orderID string, now time.Time) (int64, error)
	// Sell turns what the order holds into a sale and reports how many units.
	Sell(ctx context.Context, orderID string, now time.Time) (int64, error)
	// Restock puts units of a paid order back on the shelf where they came from;
	// lines name them by the SKUs of the order's lines, bundles by what they
	// consisted of when they were sold.
	Restock(ctx context.Context, orderID string, lines []Line, why Reason, now time.Time) error
	// HeldBy returns how many units the order holds.
	HeldBy(ctx context.Context, orderID string) (int64, error)
	// Reserved returns all that the order has taken, whatever became of it, by place.
	Reserved(ctx context.Context, orderID string) ([]Reservation, error)
	// ReservedSKUs returns the SKUs of all that the orders have taken, each once.
	ReservedSKUs(ctx context.Context, orderIDs []string) ([]string, error)
}

// Shelves are the counters of a SKU at its locations.
type Shelves interface {
	// SetOnHand makes what is on hand of the SKU at Main qty, adding it if it is new.
	// The error has code "stock-below-reserved" if qty is less than what is held.
	SetOnHand(ctx context.Context, sku string, qty int64, reference string, now time.Time) error
	// Move adds the deltas of m to the counters and m to the ledger; m.Bucket is
	// not looked at. What is taken comes out of what nobody holds: the code is
	// "stock-below-reserved" if that is not enough, "sku-not-found" and
	// "location-not-found" for what does not exist.
	Move(ctx context.Context, m Movement) error
	// Set is Move to what makes the on-hand counter of the SKU at m.Location qty.
	Set(ctx context.Context, m Movement, qty int64) error
	// Spread divides what nobody holds of the SKU at the location evenly over n
	// buckets, 1 to MaxBuckets, and joins all others into them. A bucket too many
	// goes when nothing in it is held; until then it is still sold from.
	Spread(ctx context.Context, sku, location string, n int64, now time.Time) error
	// PutLocation adds a location (Version 0) or changes the one of that version.
	// Codes are "changed-meanwhile" and "location-code-taken".
	PutLocation(ctx context.Context, l Location) error
	// Locations lists all locations, in the order in which they are sold from.
	Locations(ctx context.Context) ([]Location, error)
}

// Imports bring in what happened elsewhere, or before.
type Imports interface {
	// Import adds movements and reservations as they are, and what they come to,
	// to the counters; a counter that is missing is opened. A movement of nothing
	// only does that. No SKU may be a bundle, or become one meanwhile.
	Import(ctx context.Context, moves []Movement, taken []Taken) error
	// ImportBundles adds what the bundles of an order of the past consisted of.
	ImportBundles(ctx context.Context, orderID string, bundles map[string][]Component) error
}

// LevelAt is the stock of a SKU at one location, over its buckets.
type LevelAt struct {
	Level
	Location string
	Buckets  int64
}

// Lists are read a page at a time, by key.
type Lists interface {
	// LevelsAt lists the stock at a location, by SKU, of up to n SKUs above after.
	LevelsAt(ctx context.Context, location, after string, n int) ([]LevelAt, error)
	// LowAt is LevelsAt for SKUs of which, over all locations, little is left or
	// nothing, as was said last; see Signals.
	LowAt(ctx context.Context, location, after string, n int) ([]LevelAt, error)
	// LevelsOf lists the stock of a SKU by location.
	LevelsOf(ctx context.Context, sku string) ([]LevelAt, error)
	// Movements lists the ledger of a SKU, newest first, n entries older than the
	// id before; "" begins at the newest.
	Movements(ctx context.Context, sku, before string, n int) ([]Movement, error)
}

// Location is a place where stock is kept. Orders are served from the active
// location with the lowest Priority first.
type Location struct {
	ID, Code, Name string
	Country        string // ISO 3166-1 alpha-2, or ""
	Priority       int64
	Active         bool
	Pickup         bool // shoppers may fetch their goods here
	Version        int64
}

// Books are what verification compares.
type Books interface {
	// HeldNow sums what is held now, by place.
	HeldNow(ctx context.Context) (map[Place]int64, error)
	// Check compares counters with the ledger and with held for SKUs above after, n
	// at a time, and returns the last SKU looked at ("" at the end) and how many it
	// were. It takes what it has compared out of held.
	Check(ctx context.Context, after string, n int, held map[Place]int64) (bad []Discrepancy, last string, looked int64, err error)
	// Strays lists what holds stock and is neither an order nor an open hold.
	Strays(ctx context.Context) ([]string, error)
	// WrongBundles lists bundles that are nested, have stock or no components, and
	// components of what is no bundle.
	WrongBundles(ctx context.Context) ([]string, error)
}

// Discrepancy is a place whose counters are not what they should be.
type Discrepancy struct {
	Place
	OnHand, Reserved, Incoming   int64 // counters
	LedgerOnHand, LedgerIncoming int64 // sums of the ledger
	Held                         int64 // sum of held reservations
	Coming                       int64 // what goods on their way are still to bring
	Unbalanced                   int64 // units that transfers lost on the way without saying so; Location is ""
}
