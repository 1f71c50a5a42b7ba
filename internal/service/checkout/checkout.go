// Package checkout turns carts into orders, and ends orders that are given up
// or not paid in time.
package checkout

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/once"
	"tradewind/internal/service/quoting"
	"tradewind/internal/store"
)

// Config sets how checkout behaves. Flags fills in the defaults.
type Config struct {
	HoldFor  time.Duration
	GuestFor time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.DurationVar(&c.HoldFor, "checkout.hold-for", 15*time.Minute, "how long an unpaid order keeps its stock")
	fs.DurationVar(&c.GuestFor, "checkout.guest-for", 365*24*time.Hour, "for how long after it was placed the token of an order opens it; after that its address can have links mailed")
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	if c.HoldFor < time.Minute {
		return fmt.Errorf("checkout.hold-for is %v; a payment page needs at least a minute, such as 15m", c.HoldFor)
	}
	if c.GuestFor < 24*time.Hour {
		return fmt.Errorf("checkout.guest-for is %v; a guest needs at least 24h to come back, such as 8760h", c.GuestFor)
	}
	return nil
}

// Service places and ends orders.
type Service struct {
	DB     store.DB
	Config Config
	Quotes quoting.Config
	Tokens token.Maker
	Now    func() time.Time
	NewID  func() string
	// NewIDAt returns the id of an order placed at that moment: a UUIDv7 of it.
	NewIDAt func(time.Time) string
}

// PlaceOrder asks for a cart to become an order.
type PlaceOrder struct {
	CartID, CartToken string
	CustomerID        string // "" for a guest
	Email             string
	ShipTo            order.Address
	Method            string        // shipping method; "" takes the first one offered
	Expect            *money.Amount // if set, the total the shopper saw
	Once              idempotency.Request
}

// Place turns a cart into an order that waits for payment. Stock is held and
// promotions are used up in the same transaction that writes the order, so
// either all of it happened or none. Money moves later: see settlement.Collect.
// It returns the order and its token.
//
// The errors have codes "cart-not-found", "cart-empty", "cart-already-ordered",
// "cart-changed", "out-of-stock", "price-changed", "total-changed", "idempotency-key-reused",
// the promotion codes of promotion.Check and the errors of quoting.Quote.
func (s *Service) Place(ctx context.Context, in PlaceOrder) (order.Order, string, error) {
	now := s.Now()
	// Prices are read before the transaction, to keep it short. What they say is
	// used only if the key is new and the cart is still what it was.
	basket, quote, unpriced := s.price(ctx, in, now)
	o, err := once.Do(ctx, s.DB, in.Once, now, func(tx store.Stores) (order.Order, error) {
		if basket.ID == "" {
			return order.Order{}, unpriced
		}
		if err := tx.Carts.Order(ctx, basket.ID, token.Hash(in.CartToken), basket.Version, now); err != nil {
			return order.Order{}, err
		}
		if unpriced != nil {
			return order.Order{}, unpriced
		}
		o, err := s.place(ctx, tx, in, quote, now)
		if err != nil {
			return o, err
		}
		return o, s.keepForLater(ctx, tx, basket, &o, now)
	})
	if err != nil {
		return order.Order{}, "", fmt.Errorf("place order for cart %s: %w", in.CartID, err)
	}
	return o, s.Tokens.Token("order", o.ID), nil
}

// price reads the cart and quotes it; the cart is empty if it was not found.
func (s *Service) price(ctx context.Context, in PlaceOrder, now time.Time) (basket cart.Cart, quote pricing.Quote, err error) {
	read := s.DB.Read()
	if basket, err = read.Carts.Get(ctx, in.CartID, token.Hash(in.CartToken), now); err != nil {
		return cart.Cart{}, quote, err
	}
	to := quoting.Destination{Country: in.ShipTo.Country, Subdivision: in.ShipTo.Region, Postcode: in.ShipTo.Postcode, Method: in.Method, Email: in.Email}
	if to, err = to.Known(ctx, read, in.CustomerID); err != nil {
		return cart.Cart{}, quote, err
	}
	quote, err = s.Quotes.Quote(ctx, read, basket, to, now)
	if err == nil && in.Expect == nil {
		err = dearer(basket, quote)
	}
	if total := money.Of(quote.Total, quote.Currency); err == nil && in.Expect != nil && *in.Expect != total {
		err = fault.New(fault.Conflict, "total-changed", "The order costs %s now, not %s; look at the quote again.", total, *in.Expect)
	}
	return basket, quote, err
}

// dearer refuses what costs more than the shopper was shown; who sends the total
// has seen it.
func dearer(c cart.Cart, q pricing.Quote) error {
	for _, it := range c.Items {
		for _, l := range q.Lines {
			if l.SKU == it.SKU && !l.Gift && it.Seen > 0 && l.Unit.Minor > it.Seen {
				return cart.PriceChanged(it.SKU, money.Of(it.Seen, q.Currency), l.Unit)
			}
		}
	}
	return nil
}

// keepForLater puts what was not to be bought now into a cart of its own, which
// has the order's id.
func (s *Service) keepForLater(ctx context.Context, tx store.Stores, basket cart.Cart, o *order.Order, now time.Time) error {
	next := basket
	next.Items = slices.DeleteFunc(slices.Clone(basket.Items), func(it cart.Item) bool { return !it.Later })
	if len(next.Items) == 0 {
		return nil
	}
	next.ID, next.Version, next.CreatedAt, next.UpdatedAt, next.ExpiresAt = o.ID, 1, now, now, now.Add(basket.ExpiresAt.Sub(basket.UpdatedAt))
	o.LaterCart = next.ID
	return tx.Carts.Insert(ctx, next, token.Hash(s.Tokens.Token("cart", next.ID)))
}

func (s *Service) place(ctx context.Context, tx store.Stores, in PlaceOrder, quote pricing.Quote, now time.Time) (order.Order, error) {
	uses, err := redeemable(quote, order.EmailKey(in.Email))
	if err != nil {
		return order.Order{}, err
	}
	number, err := tx.Orders.NextNumber(ctx)
	if err != nil {
		return order.Order{}, err
	}
	o := newOrder(s.NewIDAt(now), number, in, quote, now, now.Add(s.Config.HoldFor))
	if err := tx.Orders.Insert(ctx, o, token.Hash(s.Tokens.Token("order", o.ID))); err != nil {
		return o, err
	}
	if err := tx.Stock.Reserve(ctx, o.ID, wanted(o), now); err != nil {
		return o, err
	}
	if err := tx.Promotions.Redeem(ctx, o.ID, uses, now); err != nil {
		return o, err
	}
	due := payment.Payment{ID: s.NewID(), OrderID: o.ID, Amount: o.TotalAmount(), Status: payment.Due, CreatedAt: now}
	if err := tx.Payments.Insert(ctx, due); err != nil {
		return o, err
	}
	if err := tx.Outbox.Add(ctx, order.EventOf(o, now)); err != nil {
		return o, err
	}
	return o, tx.Audit.Add(ctx, audit.Entry{Actor: "shopper", Action: "order.place", Subject: o.ID, At: now,
		Details: map[string]any{"number": o.Number, "cart": o.CartID, "total": o.TotalAmount()}})
}

// redeemable lists the uses of the offers; a code that does not hold stops the
// order rather than surprise the shopper.
func redeemable(q pricing.Quote, customer string) ([]promotion.Use, error) {
	var uses []promotion.Use
	for _, o := range q.Offers {
		if o.Problem != nil {
			return nil, o.Problem
		}
		uses = append(uses, promotion.Use{PromotionID: o.ID, Code: o.Code.Code, CustomerKey: customer, Minor: o.Minor, Name: o.Name()})
	}
	return uses, nil
}

func newOrder(id string, number int64, in PlaceOrder, q pricing.Quote, now, payBy time.Time) order.Order {
	o := order.Order{ID: id, CartID: in.CartID, CustomerID: in.CustomerID, Email: in.Email, Number: number, Region: q.Region, Status: order.Placed, Version: 1,
		Currency: q.Currency, Subtotal: q.Subtotal, Discount: q.Discount, Shipping: q.Shipping, Tax: q.Tax, Rounding: q.Rounding, Total: q.Total,
		TaxInclusive: q.Inclusive, ShippingMethod: q.Method, ShipTo: in.ShipTo, PlacedAt: now, PayBy: payBy}
	for _, l := range q.Lines {
		o.Lines = append(o.Lines, order.Line{No: int64(len(o.Lines) + 1), SKU: l.SKU, Title: l.Title, Qty: l.Qty, Unit: l.Unit.Minor, Discount: l.Discount, Tax: l.Tax, TaxPPM: l.TaxPPM, Total: l.Total})
	}
	return o
}

func wanted(o order.Order) []inventory.Line {
	lines := make([]inventory.Line, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = inventory.Line{SKU: l.SKU, Qty: l.Qty}
	}
	return lines
}

// Cancel gives up an order that is not paid. Stock and promotion budgets come
// back in the same transaction. Errors have the codes "order-not-found",
// "order-already-paid", "order-already-cancelled" and "order-already-expired".
func (s *Service) Cancel(ctx context.Context, id, tok, reason string, req idempotency.Request) (order.Order, error) {
	now := s.Now()
	o, err := once.Do(ctx, s.DB, req, now, func(tx store.Stores) (order.Order, error) {
		if _, err := tx.Orders.Get(ctx, id, token.Hash(tok)); err != nil {
			return order.Order{}, err
		}
		return s.end(ctx, tx, order.Change{OrderID: id, To: order.Cancelled, Actor: "shopper", Note: reason, At: now})
	})
	if err != nil {
		return o, fmt.Errorf("cancel order %s: %w", id, err)
	}
	return o, nil
}

// CancelByStaff gives up an order that is not paid, as Cancel does, for the one
// who works in the shop. version, if not 0, is the one they saw.
func (s *Service) CancelByStaff(ctx context.Context, id, actor, reason string, version int64, req idempotency.Request) (order.Order, error) {
	now := s.Now()
	o, err := once.Do(ctx, s.DB, req, now, func(tx store.Stores) (order.Order, error) {
		o, err := tx.Orders.Lock(ctx, id)
		if err != nil {
			return o, err
		}
		if version != 0 && o.Version != version {
			return o, fault.ChangedMeanwhile("order " + id)
		}
		return s.end(ctx, tx, order.Change{OrderID: id, To: order.Cancelled, Actor: actor, Note: reason, At: now})
	})
	if err != nil {
		return o, fmt.Errorf("cancel order %s: %w", id, err)
	}
	return o, nil
}

// Expire ends an order that was not paid in time; one that is no longer
// placed, or whose time has not come, is left alone and reported as false.
func (s *Service) Expire(ctx context.Context, id string) (bool, error) {
	now, expired := s.Now(), false
	err := s.DB.InTx(ctx, func(tx store.Stores) error {
		o, err := tx.Orders.Lock(ctx, id)
		if err != nil || o.Status != order.Placed || now.Before(o.PayBy) {
			return err
		}
		_, err = s.end(ctx, tx, order.Change{OrderID: id, To: order.Expired, Actor: "clock", At: now})
		expired = err == nil
		return err
	})
	if err != nil {
		return false, fmt.Errorf("expire order %s: %w", id, err)
	}
	return expired, nil
}

// end closes a placed order. The order's row decides against a payment that
// comes at the same time: whoever moves it first wins.
func (s *Service) end(ctx context.Context, tx store.Stores, c order.Change) (order.Order, error) {
	c.From = order.Placed
	if _, err := tx.Orders.Move(ctx, c); err != nil {
		return order.Order{}, err
	}
	units, err := tx.Stock.Release(ctx, c.OrderID, c.At)
	if err != nil {
		return order.Order{}, err
	}
	if _, err := tx.Promotions.Return(ctx, c.OrderID); err != nil {
		return order.Order{}, err
	}
	due, err := tx.Payments.ByOrder(ctx, c.OrderID)
	if err != nil {
		return order.Order{}, err
	}
	due.Status, due.UpdatedAt = payment.Void, c.At
	if err := tx.Payments.SetStatus(ctx, due, payment.Due); err != nil {
		return order.Order{}, err
	}
	o, err := tx.Orders.Load(ctx, c.OrderID)
	if err != nil {
		return order.Order{}, err
	}
	if err := tx.Outbox.Add(ctx, order.EventOf(o, c.At)); err != nil {
		return order.Order{}, err
	}
	return o, tx.Audit.Add(ctx, audit.Entry{Actor: c.Actor, Action: "order." + string(c.To), Subject: o.ID, At: c.At,
		Details: map[string]any{"note": c.Note, "units_released": units}})
}
