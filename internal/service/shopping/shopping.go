// Package shopping is what people do with carts: start one, put things in, take
// them out, try codes, ask what it would cost.
package shopping

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/once"
	"tradewind/internal/service/quoting"
	"tradewind/internal/store"
	"tradewind/internal/store/remembered"
)

// Config sets how carts behave. Flags fills in the defaults.
type Config struct {
	KeepFor  time.Duration
	CacheFor time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.DurationVar(&c.KeepFor, "cart.keep-for", 30*24*time.Hour, "how long a cart lives after its last change")
	fs.DurationVar(&c.CacheFor, "cart.cache-for", time.Minute, "how long a cart may be remembered in Redis to be shown, and how old it may look to another process if Redis cannot be told of a change; 0 reads the database each time")
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	if c.KeepFor < time.Minute {
		return fmt.Errorf("cart.keep-for is %v; give shoppers at least a minute, such as 720h", c.KeepFor)
	}
	if c.CacheFor < 0 || c.CacheFor > remembered.MostCarts {
		return fmt.Errorf("cart.cache-for is %v; choose at most %v, such as 1m, or 0 to remember none", c.CacheFor, remembered.MostCarts)
	}
	return nil
}

// Service keeps carts.
type Service struct {
	DB     store.DB
	Config Config
	Quotes quoting.Config
	Tokens token.Maker
	Now    func() time.Time
	NewID  func() string
}

// Access is how a shopper names a cart: its id, and the token that proves it is theirs.
type Access struct {
	ID, Token  string
	CustomerID string // who asks; "" for a guest
	Once       idempotency.Request
}

// View is a cart with what its items are now.
type View struct {
	Cart  cart.Cart
	Items []catalog.Sellable // by position of Cart.Items; zero where it cannot be sold
}

// StartCart asks for a cart, with items if the shopper brings some.
type StartCart struct {
	Currency string
	Channel  string // where the shopper is, such as app; "" is cart.Web
	Items    []cart.Item
	Once     idempotency.Request

	CustomerID string // "" for a guest
}

// Start opens a cart. Errors have the codes "unknown-currency" and those of SetItem.
func (s *Service) Start(ctx context.Context, in StartCart) (View, string, error) {
	currency, items, req := in.Currency, in.Items, in.Once
	if !money.Known(currency) {
		return View{}, "", fault.Field("unknown-currency", "currency", "%q is not an ISO 4217 code such as EUR", currency)
	}
	if len(items) > cart.MaxLines {
		return View{}, "", fault.Field("too-many-items", "items", "a cart holds at most %d different items", cart.MaxLines)
	}
	now := s.Now()
	c := cart.Cart{ID: s.NewID(), CustomerID: in.CustomerID, Currency: currency, Channel: cmp.Or(in.Channel, cart.Web), Status: cart.Open, Version: 1, CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(s.Config.KeepFor)}
	for _, it := range items {
		if it.Qty > 0 { // 10 and -5 are not 5: what is below 1 is refused as it stands
			it.Qty += c.Qty(it.SKU)
		}
		if _, err := place(&c, it); err != nil {
			return View{}, "", err
		}
	}
	// What is sold is looked up before the transaction; it counts only if the key is new.
	filled, unsold := view(ctx, s.DB.Read(), c, now)
	for i, sold := range filled.Items {
		if sold.SKU == "" && unsold == nil {
			unsold = notSold(c.Items[i].SKU, currency)
		}
	}
	filled.show()
	v, err := once.Do(ctx, s.DB, req, now, func(tx store.Stores) (View, error) {
		if unsold != nil {
			return View{}, unsold
		}
		return filled, tx.Carts.Insert(ctx, filled.Cart, token.Hash(s.Tokens.Token("cart", c.ID)))
	})
	return v, s.Tokens.Token("cart", v.Cart.ID), err
}

// Get returns the cart. The code of the error is "cart-not-found".
func (s *Service) Get(ctx context.Context, a Access) (View, error) {
	tx := s.DB.Read()
	c, err := tx.Carts.Shown(ctx, a.ID, token.Hash(a.Token), s.Now())
	if err != nil {
		return View{}, err
	}
	return view(ctx, tx, c, s.Now())
}

// SetItem makes the quantity of a SKU, and whether it is kept for later; the
// shopper has seen its price then. Errors have the codes "cart-not-found",
// "cart-already-ordered", "sku-not-sold", "bad-quantity" and "cart-full".
func (s *Service) SetItem(ctx context.Context, a Access, it cart.Item) (View, error) {
	return s.change(ctx, a, func(tx store.Stores, c *cart.Cart, now time.Time) error {
		return s.put(ctx, tx, c, it, now)
	})
}

// Refresh takes every price as seen: the shopper was shown what changed.
func (s *Service) Refresh(ctx context.Context, a Access) (View, error) {
	return s.change(ctx, a, func(tx store.Stores, c *cart.Cart, now time.Time) error {
		v, err := view(ctx, tx, *c, now)
		if err != nil {
			return err
		}
		before := slices.Clone(c.Items)
		v.show()
		for i, it := range v.Cart.Items {
			if it == before[i] {
				continue
			}
			if err := tx.Carts.SetItem(ctx, c.ID, it, now); err != nil {
				return err
			}
		}
		c.Items = v.Cart.Items
		return nil
	})
}

// Contact writes down how the shopper can be reached if the cart is left.
func (s *Service) Contact(ctx context.Context, a Access, email string) (View, error) {
	return s.change(ctx, a, func(tx store.Stores, c *cart.Cart, _ time.Time) error {
		c.Email = email
		return tx.Carts.SetContact(ctx, c.ID, email)
	})
}

// RemoveItem takes a SKU out. The code of the error is "item-not-found".
func (s *Service) RemoveItem(ctx context.Context, a Access, sku string) (View, error) {
	return s.change(ctx, a, func(tx store.Stores, c *cart.Cart, _ time.Time) error {
		found, err := tx.Carts.RemoveItem(ctx, c.ID, sku)
		if err == nil && !found {
			err = fault.New(fault.NotFound, "item-not-found", "%s is not in the cart.", sku)
		}
		c.Items = slices.DeleteFunc(c.Items, func(it cart.Item) bool { return it.SKU == sku })
		return err
	})
}

// AddCode adds a promotion code. Whether it holds is for the quote to say.
// Errors have the codes "promotion-not-found" and "too-many-codes".
func (s *Service) AddCode(ctx context.Context, a Access, code string) (View, error) {
	code = promotion.Normal(code)
	return s.change(ctx, a, func(tx store.Stores, c *cart.Cart, now time.Time) error {
		if slices.Contains(c.Codes, code) {
			return nil
		}
		if len(c.Codes) >= cart.MaxCodes {
			return fault.New(fault.Conflict, "too-many-codes", "A cart takes at most %d codes.", cart.MaxCodes)
		}
		found, err := tx.Promotions.ByCodes(ctx, []string{code})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound, "promotion-not-found", "There is no code %s.", code)
		}
		c.Codes = append(c.Codes, code)
		return tx.Carts.AddCode(ctx, c.ID, code, now)
	})
}

// RemoveCode takes a code off. The code of the error is "promotion-not-found".
func (s *Service) RemoveCode(ctx context.Context, a Access, code string) (View, error) {
	code = promotion.Normal(code)
	return s.change(ctx, a, func(tx store.Stores, c *cart.Cart, _ time.Time) error {
		found, err := tx.Carts.RemoveCode(ctx, c.ID, code)
		if err == nil && !found {
			err = fault.New(fault.NotFound, "promotion-not-found", "The cart has no code %s.", code)
		}
		c.Codes = slices.DeleteFunc(c.Codes, func(have string) bool { return have == code })
		return err
	})
}

// Quote prices the cart for a destination; errors as quoting.Config.Quote.
func (s *Service) Quote(ctx context.Context, a Access, to quoting.Destination) (pricing.Quote, error) {
	tx := s.DB.Read()
	c, err := tx.Carts.Get(ctx, a.ID, token.Hash(a.Token), s.Now())
	if err != nil {
		return pricing.Quote{}, err
	}
	if to, err = to.Known(ctx, tx, a.CustomerID); err != nil {
		return pricing.Quote{}, err
	}
	return s.Quotes.Quote(ctx, tx, c, to, s.Now())
}

// change takes hold of the cart, lets fn change it, and returns what it became.
func (s *Service) change(ctx context.Context, a Access, fn func(tx store.Stores, c *cart.Cart, now time.Time) error) (View, error) {
	now := s.Now()
	return once.Do(ctx, s.DB, a.Once, now, func(tx store.Stores) (View, error) {
		hash := token.Hash(a.Token)
		if _, err := tx.Carts.Touch(ctx, a.ID, hash, now, now.Add(s.Config.KeepFor)); err != nil {
			return View{}, err
		}
		c, err := tx.Carts.Get(ctx, a.ID, hash, now)
		if err != nil {
			return View{}, err
		}
		if err := fn(tx, &c, now); err != nil {
			return View{}, err
		}
		return view(ctx, tx, c, now)
	})
}

// put makes one item what it says, in the database and in c. What is in the
// cart already may be changed though it is no longer sold.
func (s *Service) put(ctx context.Context, tx store.Stores, c *cart.Cart, it cart.Item, now time.Time) error {
	added, err := place(c, it)
	if err != nil {
		return err
	}
	one := *c
	one.Items = []cart.Item{it}
	v, err := view(ctx, tx, one, now)
	if err != nil {
		return err
	}
	if v.Items[0].SKU == "" && added {
		return notSold(it.SKU, c.Currency)
	}
	v.show()
	if _, err := place(c, v.Cart.Items[0]); err != nil {
		return err
	}
	return tx.Carts.SetItem(ctx, c.ID, v.Cart.Items[0], now)
}

// show takes the prices of now as seen by the shopper.
func (v *View) show() {
	v.Cart.Items = slices.Clone(v.Cart.Items)
	for i, sold := range v.Items {
		if sold.SKU != "" {
			v.Cart.Items[i].Seen = sold.Price.Minor
		}
	}
}

// place puts an item into c, where items are in order of SKU, and reports
// whether the SKU is new in it.
func place(c *cart.Cart, it cart.Item) (added bool, err error) {
	if it.Qty < 1 || it.Qty > cart.MaxQty {
		return false, fault.Field("bad-quantity", "qty", "%d is not between 1 and %d", it.Qty, cart.MaxQty)
	}
	i, found := slices.BinarySearchFunc(c.Items, it.SKU, func(have cart.Item, sku string) int { return strings.Compare(have.SKU, sku) })
	if found {
		c.Items[i] = it
		return false, nil
	}
	if len(c.Items) >= cart.MaxLines {
		return false, fault.New(fault.Conflict, "cart-full", "A cart holds at most %d different items.", cart.MaxLines)
	}
	c.Items = slices.Insert(c.Items, i, it)
	return true, nil
}

func notSold(sku, currency string) error {
	return fault.New(fault.NotFound, "sku-not-sold", "There is no %s for sale in %s.", sku, currency)
}

func view(ctx context.Context, tx store.Stores, c cart.Cart, now time.Time) (View, error) {
	who, err := quoting.Destination{}.Known(ctx, tx, c.CustomerID) // a customer's group may have prices of its own
	if err != nil {
		return View{Cart: c}, err
	}
	items, err := quoting.Items(ctx, tx, c, who.Groups, now)
	return View{Cart: c, Items: items}, err
}
