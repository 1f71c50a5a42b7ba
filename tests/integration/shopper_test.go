package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/sandboxpay"
)

type cartAnswer struct {
	ID, Token, Status string
	Version           int64
	Items             []struct {
		SKU            string
		Qty, Available int64
	}
	Codes    []string
	Subtotal struct{ Minor int64 }
}

type orderAnswer struct {
	ID, Token, Status string
	Number, Total     int64
	PayBy             time.Time `json:"pay_by"`
	Payment           struct {
		Status, Attempt string
		ActionURL       string `json:"action_url"`
	}
}

// cart starts a cart with qty of a SKU.
func (s *shop) cart(t testing.TB, sku string, qty int) cartAnswer {
	t.Helper()
	var c cartAnswer
	a := s.ask(t, "POST", "/v1/carts", fmt.Sprintf(`{"items":[{"sku":%q,"qty":%d}]}`, sku, qty))
	if a.status != 201 {
		t.Errorf("start a cart with %d %s = %d %s", qty, sku, a.status, a.body)
		return c
	}
	a.into(t, &c)
	return c
}

func checkoutBody(cartID string) string {
	return fmt.Sprintf(`{"cart_id":%q,"email":"ada@example.com","ship_to":{"name":"Ada Lovelace","line1":"Spreeufer 1","city":"Berlin","postcode":"10997","country":"DE"}}`, cartID)
}

// order places the order of a cart.
func (s *shop) order(t testing.TB, c cartAnswer) orderAnswer {
	t.Helper()
	var o orderAnswer
	a := s.ask(t, "POST", "/v1/checkout", checkoutBody(c.ID), "Cart-Token", c.Token)
	if a.status != 201 {
		t.Errorf("order cart %s = %d %s", c.ID, a.status, a.body)
		return o
	}
	a.into(t, &o)
	return o
}

// placed is an order of one piece of a SKU.
func (s *shop) placed(t testing.TB, sku string) orderAnswer {
	t.Helper()
	return s.order(t, s.cart(t, sku, 1))
}

func (s *shop) payment(t testing.TB, o orderAnswer, method string, headers ...string) answer {
	t.Helper()
	return s.ask(t, "POST", "/v1/orders/"+o.ID+"/payment", fmt.Sprintf(`{"method":%q}`, method), append(headers, "Order-Token", o.Token)...)
}

// look reads the order again.
func (s *shop) look(t testing.TB, o orderAnswer) orderAnswer {
	t.Helper()
	var now orderAnswer
	s.ask(t, "GET", "/v1/orders/"+o.ID, "", "Order-Token", o.Token).into(t, &now)
	return now
}

func (s *shop) becomes(t testing.TB, o orderAnswer, status string) {
	t.Helper()
	eventually(t, "the order is "+status, func() bool { return s.look(t, o).Status == status })
}

// available reads how many of a SKU of a product can be bought.
func (s *shop) available(t testing.TB, slug, sku string) int64 {
	t.Helper()
	var p struct {
		Variants []struct {
			SKU       string
			Available int64
		}
	}
	s.ask(t, "GET", "/v1/products/"+slug, "").into(t, &p)
	for _, v := range p.Variants {
		if v.SKU == sku {
			return v.Available
		}
	}
	t.Errorf("%s has no %s", slug, sku)
	return -1
}

// charges reads the provider's book of one order: its references begin with
// the id of the payment, which shoppers do not see.
func (s *shop) charges(t testing.TB, o orderAnswer) []sandboxpay.BookEntry {
	t.Helper()
	book, err := s.pay.Book(context.Background(), "")
	if err != nil {
		t.Fatalf("read the provider's book: %v", err)
	}
	due, err := s.db.Read().Payments.ByOrder(context.Background(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	var mine []sandboxpay.BookEntry
	for _, e := range book.References {
		if strings.HasPrefix(e.Reference, due.ID+"/") {
			mine = append(mine, e)
		}
	}
	return mine
}

// charge returns reference and id of the only charge of an order.
func (s *shop) charge(t testing.TB, o orderAnswer) (reference, id string) {
	t.Helper()
	mine := s.charges(t, o)
	if len(mine) != 1 {
		t.Fatalf("the provider knows %d charges of the order, want 1: %v", len(mine), mine)
	}
	st, found, err := s.pay.Find(context.Background(), strings.Replace(mine[0].Reference, "/", "-", 1))
	if err != nil || !found {
		t.Fatalf("find charge: %v, %v", found, err)
	}
	return mine[0].Reference, st.Ref
}

// taken adds up how often and how much money moved for an order.
func (s *shop) taken(t testing.TB, o orderAnswer) (times int, minor, refunded int64) {
	t.Helper()
	for _, e := range s.charges(t, o) {
		times, minor, refunded = times+e.Taken, minor+e.Captured, refunded+e.Refunded
	}
	return times, minor, refunded
}

// notice signs and delivers a notice of the provider, as if it came late or from elsewhere.
func (s *shop) notice(t testing.TB, event sandboxpay.Event) answer {
	t.Helper()
	body, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return s.ask(t, "POST", "/v1/webhooks/sandboxpay", string(body), sandboxpay.SignatureHeader, sign(body))
}

func sign(body []byte) string { return sandboxpay.Sign(hookSigns, body, time.Now()) }
