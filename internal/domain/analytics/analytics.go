// Package analytics is the star schema for reports: facts about sales, money,
// stock and visits, and what they are about. It holds nothing about people: a
// buyer is a hash that cannot be undone without the shop's secret. It does no I/O.
package analytics

import (
	"context"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/money"
)

// The tables of facts, as exports name them.
const (
	Lines         = "order_line"
	Payments      = "payment"
	PromotionUses = "promotion_use"
	Movements     = "stock_movement"
	Events        = "session_event"
)

// Parts are all tables of facts.
var Parts = []string{Lines, Payments, PromotionUses, Movements, Events}

// Day is a day in UTC as a number: 20261201.
type Day int64

// DayOf is the day of a moment.
func DayOf(t time.Time) Day {
	y, m, d := t.UTC().Date()
	return Day(y*10000 + int(m)*100 + d)
}

// Line is a line of an order. Its grain is the line; amounts are minor units.
type Line struct {
	OrderID                           string
	No                                int64
	Day                               Day
	PlacedAt                          time.Time
	Region, Currency, Status, Buyer   string
	SKU                               string
	Qty, Cancelled, Shipped, Returned int64
	Unit, Discount, Tax, Total        int64
}

// Payment is money that was taken, or went back.
type Payment struct {
	ID, OrderID, Kind, Cause string // Kind is captured or refunded; Cause is of a refund
	Day                      Day
	At                       time.Time
	Amount                   money.Amount
	Provider                 string
}

// PromotionUse is what a promotion took off an order.
type PromotionUse struct {
	OrderID, PromotionID string
	Day                  Day
	Amount               money.Amount
}

// Movement is an entry of the ledger of stock.
type Movement struct {
	SKU, ID            string
	Day                Day
	MovedAt            time.Time
	LocationID, Reason string
	OnHand, Incoming   int64
}

// Event is something that a visitor did.
type Event struct {
	ID                       string
	Day                      Day
	At                       time.Time
	Kind, ProductID, Visitor string // Kind is view, search or cart
	Results, Units           int64
}

// Product is what a line, a movement or an event is about.
type Product struct{ SKU, ProductID, Title, BrandID, CategoryID, Status string }

// Sale is all that is known of an order.
type Sale struct {
	OrderID  string
	Lines    []Line
	Payments []Payment
	Uses     []PromotionUse
}

// SaleOf turns an order, its payment, when that was captured, and what went back
// into rows. An order that nobody paid has lines and no payments.
func SaleOf(o order.Order, p payment.Payment, captured time.Time, refunds []payment.Refund, uses []promotion.Use, buyer string) Sale {
	s := Sale{OrderID: o.ID}
	day := DayOf(o.PlacedAt)
	for _, l := range o.Lines {
		s.Lines = append(s.Lines, Line{OrderID: o.ID, No: l.No, Day: day, PlacedAt: o.PlacedAt, Region: o.Region, Currency: o.Currency, Status: string(o.Status), Buyer: buyer, SKU: l.SKU,
			Qty: l.Qty, Cancelled: l.Cancelled, Shipped: l.Shipped, Returned: l.Returned, Unit: l.Unit, Discount: l.Discount, Tax: l.Tax, Total: l.Total})
	}
	if p.Status == payment.Captured || p.Status == payment.Refunded {
		s.Payments = append(s.Payments, Payment{ID: p.ID, OrderID: o.ID, Kind: "captured", Day: DayOf(captured), At: captured, Amount: p.Amount, Provider: p.Provider})
	}
	for _, r := range refunds {
		if r.Status == payment.RefundDone {
			s.Payments = append(s.Payments, Payment{ID: r.ID, OrderID: o.ID, Kind: "refunded", Cause: string(r.Cause), Day: DayOf(r.Updated), At: r.Updated, Amount: r.Amount, Provider: r.Provider})
		}
	}
	for _, u := range uses {
		s.Uses = append(s.Uses, PromotionUse{OrderID: o.ID, PromotionID: u.PromotionID, Day: day, Amount: money.Amount{Minor: u.Minor, Currency: o.Currency}})
	}
	return s
}

// MovementOf turns an entry of the ledger into a row.
func MovementOf(m inventory.Movement) Movement {
	return Movement{SKU: m.SKU, ID: m.ID, Day: DayOf(m.MovedAt), MovedAt: m.MovedAt, LocationID: m.Location, Reason: string(m.Reason), OnHand: m.OnHandDelta, Incoming: m.IncomingDelta}
}

// Due is a day of a table that has changed since it was exported.
type Due struct {
	Part    string
	Day     Day
	Version int64
}

// Mark is how far something has come.
type Mark struct {
	Place string
	At    time.Time
}

// Figure is what a day sold in a currency, in minor units.
type Figure struct {
	Day                                                             Day
	Currency                                                        string
	Orders, Units, Gross, Discount, Tax, Captured, Refunded, Buyers int64
}

// Store keeps the star schema. What is put twice is there once.
type Store interface {
	// PutSale replaces what is known of an order.
	PutSale(ctx context.Context, s Sale) error
	PutProducts(ctx context.Context, list []Product) error
	// PutMovements adds entries of one SKU that are new.
	PutMovements(ctx context.Context, list []Movement) error
	// NewestMovements are up to n ids of entries of a SKU below before, the newest
	// first; "" begins with the newest.
	NewestMovements(ctx context.Context, sku, before string, n int) ([]string, error)
	PutEvents(ctx context.Context, list []Event) error

	// Mark returns how far something has come; the zero Mark for nothing.
	Mark(ctx context.Context, name string) (Mark, error)
	SetMark(ctx context.Context, name string, m Mark) error

	// Due returns up to n days of tables that have changed since they were exported.
	Due(ctx context.Context, n int) ([]Due, error)
	// AllDue lets every day be due, for a place that has none of it.
	AllDue(ctx context.Context) error
	// Exported notes that a day is exported as it was when Due returned it.
	Exported(ctx context.Context, d Due) error

	// Rows of a day, by key: up to n after the last of the page before.
	LinesOf(ctx context.Context, day Day, after Line, n int) ([]Line, error)
	PaymentsOf(ctx context.Context, day Day, after string, n int) ([]Payment, error)
	UsesOf(ctx context.Context, day Day, after PromotionUse, n int) ([]PromotionUse, error)
	MovementsOf(ctx context.Context, day Day, after Movement, n int) ([]Movement, error)
	EventsOf(ctx context.Context, day Day, after string, n int) ([]Event, error)
	// Products returns up to n with SKUs after the given one.
	Products(ctx context.Context, after string, n int) ([]Product, error)

	// Figures adds up what was paid for in days from the first to the last, by day
	// and currency.
	Figures(ctx context.Context, from, to Day) ([]Figure, error)
}
