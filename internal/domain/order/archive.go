package order

import (
	"net/url"
	"strings"
	"time"

	"tradewind/internal/platform/fault"
)

// Part is the orders of one sales region that were placed in one month: what is
// archived together, and on Oracle kept together.
type Part struct {
	Month  time.Time // its first moment
	Region string
}

// Until is the first moment behind the part.
func (p Part) Until() time.Time { return p.Month.AddDate(0, 1, 0) }

// Name is the part in names of files and in what the audit says: 2024-01-eu.
func (p Part) Name() string {
	return p.Month.Format("2006-01") + "-" + strings.ReplaceAll(url.PathEscape(p.Region), ".", "%2E")
}

// FirstOfMonth is the first moment of the month of t.
func FirstOfMonth(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// Purged is what the shop remembers of an order that was archived and deleted.
type Purged struct {
	ID        string
	Number    int64
	Archive   string // name of its part
	PaymentID string
	Attempts  int64
	Currency  string
	Kept      int64 // minor units that the payment's provider holds for the shop
	At        time.Time
}

// Archived is the answer to who holds the token of an order that was purged.
func Archived(number int64) error {
	return fault.New(fault.NotFound, "order-archived", "Order %d was closed long ago and has been moved to the archive. It cannot be shown here any more; please ask the shop for it.", number)
}
