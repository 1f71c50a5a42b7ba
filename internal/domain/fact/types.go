package fact

import "tradewind/internal/platform/money"

// The types of facts. A type whose data must change in a way that breaks its
// readers gets another version; see docs/events.md.
const (
	OrderPlaced    = "order.placed.v1"
	OrderPaid      = "order.paid.v1"
	OrderCancelled = "order.cancelled.v1"
	OrderExpired   = "order.expired.v1"
	OrderShipped   = "order.shipped.v1"
	OrderDelivered = "order.delivered.v1"
	OrderChanged   = "order.changed.v1"

	PaymentCaptured = "payment.captured.v1"
	RefundDue       = "refund.due.v1"
	RefundDone      = "refund.done.v1"
	RefundFailed    = "refund.failed.v1"

	StockChanged    = "stock.changed.v1"
	StockLow        = "stock.low.v1"
	ProductAdded    = "product.added.v1"
	ProductChanged  = "product.changed.v1"
	CategoryChanged = "category.changed.v1"

	ProductViewed   = "product.viewed.v1"
	SearchPerformed = "search.performed.v1"
	CartChanged     = "cart.changed.v1"
)

// Types are all types of facts.
var Types = []string{OrderPlaced, OrderPaid, OrderCancelled, OrderExpired, OrderShipped, OrderDelivered, OrderChanged, PaymentCaptured, RefundDue, RefundDone, RefundFailed,
	StockChanged, StockLow, ProductAdded, ProductChanged, CategoryChanged, ProductViewed, SearchPerformed, CartChanged}

// Order is the data of the facts about orders.
type Order struct {
	OrderID string       `json:"order_id"`
	Number  int64        `json:"number"`
	Status  string       `json:"status"`
	Total   money.Amount `json:"total"`
	Region  string       `json:"region,omitempty"`
	Change  string       `json:"change,omitempty"` // in OrderChanged: what happened
}

// Payment is the data of PaymentCaptured.
type Payment struct {
	OrderID string       `json:"order_id"`
	Amount  money.Amount `json:"amount"`
}

// Refund is the data of the facts about refunds.
type Refund struct {
	RefundID string `json:"refund_id"`
	OrderID  string `json:"order_id"`
}

// Stock is the data of the facts about stock.
type Stock struct {
	SKU       string `json:"sku"`
	SoldOut   bool   `json:"sold_out"`
	Low       bool   `json:"low"`
	Available int64  `json:"available"`
}

// Product is the data of ProductAdded and ProductChanged, the latter with version and status.
type Product struct {
	ProductID string `json:"product_id"`
	Version   int64  `json:"version,omitempty"`
	Status    string `json:"status,omitempty"`
}

// Category is the data of CategoryChanged.
type Category struct {
	CategoryID string `json:"category_id"`
}

// View is the data of ProductViewed. Visitor is the SHA-256 of the random text by
// which a browser makes itself known, in base64url, if it does.
type View struct {
	ProductID string `json:"product_id"`
	Currency  string `json:"currency,omitempty"` // that the request named
	Visitor   string `json:"visitor,omitempty"`
}

// Search is the data of SearchPerformed. Terms are withheld if they could be
// anything but words for goods; see Terms.
type Search struct {
	Terms    []string `json:"terms"`
	Withheld bool     `json:"withheld"`
	Results  int64    `json:"results"`
	Filtered bool     `json:"filtered"`
	Visitor  string   `json:"visitor,omitempty"`
}

// Cart is the data of CartChanged.
type Cart struct {
	CartID   string       `json:"cart_id"`
	Version  int64        `json:"version"`
	Lines    int          `json:"lines"`
	Units    int64        `json:"units"`
	Subtotal money.Amount `json:"subtotal"`
}
