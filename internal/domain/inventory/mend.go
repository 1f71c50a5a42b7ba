package inventory

import "context"

// Unsettled is an order that is no longer placed and whose reservations are
// held all the same. Sold says that the ledger has a sale for each of them.
type Unsettled struct {
	OrderID, Status string
	Sold            bool
}

// Mender puts right what is derived from other books; see verify. Nobody else
// may work on stock meanwhile.
type Mender interface {
	// Unsettled lists orders that are over and hold stock.
	Unsettled(ctx context.Context) ([]Unsettled, error)
	// Settle gives the held reservations of an order, or of what is none, another
	// state, without touching counters, and says how many they were.
	Settle(ctx context.Context, orderID string, to State) (int64, error)
	// Recount makes the counters at d's place what the ledger and d.Held say;
	// incoming only where the ledger and what is on its way agree.
	Recount(ctx context.Context, d Discrepancy) error
}
