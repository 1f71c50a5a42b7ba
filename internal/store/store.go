// Package store is the contract with the database: one Store per noun, and
// transactions across them. It knows no SQL.
package store

import (
	"context"
	"time"

	"tradewind/internal/domain/analytics"
	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/exchange"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/picking"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/domain/queue"
	"tradewind/internal/domain/recommend"
	"tradewind/internal/domain/setting"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/domain/stream"
	"tradewind/internal/domain/user"
)

// Stores is one view of the database: each domain's store over the same
// connection. Inside InTx they share the transaction.
type Stores struct {
	Catalog     catalog.Store
	Stock       inventory.Store
	Taxes       pricing.Store
	Shipping    shipping.Store
	Promotions  promotion.Store
	Carts       cart.Store
	Orders      order.Store
	AfterSales  order.AfterSales
	Payments    payment.Store
	Recommend   recommend.Store
	Outbox      outbox.Store
	Inbox       outbox.Inbox
	Idempotency idempotency.Store
	Audit       audit.Store
	Customers   user.Customers
	Sessions    user.Sessions
	Identities  user.Identities
	Staff       user.StaffStore
	OneTime     user.OneTimes
	Guard       user.Guard
	Settings    setting.Store
	Imports     exchange.Store
	Facts       stream.Table
	Jobs        queue.Table
	Letters     queue.Letters
	PickLists   picking.Store
	Analytics   analytics.Store
}

// DB is a database.
type DB interface {
	// InTx runs fn in one transaction and commits if fn returns nil. After a
	// deadlock or serialization failure it runs fn again, at most three times, so
	// fn must do nothing that a rollback does not undo: no HTTP calls, no e-mail,
	// no queue. Facts for the outside go to tx.Outbox.
	InTx(ctx context.Context, fn func(tx Stores) error) error
	// Read returns a view outside a transaction, for reads and single statements.
	Read() Stores
	// DropMonth gives back the room of a month whose orders have all been purged,
	// where months have room of their own: on Oracle, a partition. Nobody may
	// import orders of that month meanwhile.
	DropMonth(ctx context.Context, month time.Time) error
	// Ping fails if the database cannot be used.
	Ping(ctx context.Context) error
	Close() error
}
