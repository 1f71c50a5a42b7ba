// Package service_test holds what the verbs of the shop promise together, on
// the embedded database; only the payment provider is a fake.
package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/internal/demo"
	"tradewind/internal/domain/cart"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/checkout"
	"tradewind/internal/service/once"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

const (
	mug   = "MU01-ALMA-SAND"
	stock = 9
)

// bank is a provider that answers what the test says.
type bank struct {
	payment.Provider // what is not below is not called
	answer           func(c payment.Charge) (payment.State, error)
	asked            func() // called when it is asked what became of a charge; nil for nothing
}

func (b *bank) Name() string { return "bank" }
func (b *bank) Charge(_ context.Context, c payment.Charge) (payment.State, error) {
	return b.answer(c)
}

func (b *bank) Find(context.Context, string) (payment.State, bool, error) {
	if b.asked != nil {
		b.asked()
	}
	return payment.State{}, false, nil
}

func says(status payment.AttemptStatus) func(payment.Charge) (payment.State, error) {
	return func(c payment.Charge) (payment.State, error) {
		return payment.State{Ref: "ch-" + c.Key, Reference: c.Reference, Status: status, Amount: c.Amount}, nil
	}
}

// shop is the services on a database with the demo catalogue, nine of
// everything; its clock stands still unless it is moved.
type shop struct {
	db     *sqlstore.DB
	at     time.Time
	bank   *bank
	carts  *shopping.Service
	orders *checkout.Service
	money  *settlement.Service
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{at: noon, bank: &bank{answer: says(payment.AttemptCaptured)}}
	now, ids := func() time.Time { return s.at }, counter("00000000-0000-7000-8000-%012d")
	file, err := seeded()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if s.db, err = sqlstore.Open(t.Context(), sqlite(path), migrations.FS, sqlstore.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	tokens, err := token.NewMaker([]byte("a secret of at least 32 characters"))
	if err != nil {
		t.Fatal(err)
	}
	s.carts = &shopping.Service{DB: s.db, Config: shopping.Config{KeepFor: time.Hour}, Tokens: tokens, Now: now, NewID: ids}
	s.orders = &checkout.Service{DB: s.db, Config: checkout.Config{HoldFor: 15 * time.Minute}, Tokens: tokens, Now: now, NewID: ids, NewIDAt: ident.At}
	s.money = &settlement.Service{DB: s.db, Provider: s.bank, Now: now, NewID: ids, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	return s
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func sqlite(path string) sqlstore.Config {
	return sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: path, PoolSize: 2}
}

func counter(format string) func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf(format, n) }
}

// seeded is the file of a database with the demo catalogue, made once.
var seeded = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "tradewind-service")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, path, now := context.Background(), filepath.Join(dir, "t.db"), func() time.Time { return noon }
	m, err := sqlstore.OpenMigrator(ctx, sqlite(path), migrations.FS, now)
	if err != nil {
		return nil, err
	}
	_, err = m.Up(ctx)
	if err = errors.Join(err, m.Close()); err != nil {
		return nil, err
	}
	db, err := sqlstore.Open(ctx, sqlite(path), migrations.FS, sqlstore.Options{})
	if err != nil {
		return nil, err
	}
	nine := int64(stock)
	_, err = demo.Seed(ctx, db, demo.Options{Now: now, NewID: counter("00000000-0000-7000-8001-%012d"), Stock: &nine})
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// cart starts a cart and returns the wish to order it.
func (s *shop) cart(t *testing.T, items []cart.Item, codes ...string) checkout.PlaceOrder {
	t.Helper()
	v, tok, err := s.carts.Start(t.Context(), shopping.StartCart{Currency: "EUR", Items: items})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		if _, err := s.carts.AddCode(t.Context(), shopping.Access{ID: v.Cart.ID, Token: tok}, code); err != nil {
			t.Fatal(err)
		}
	}
	return checkout.PlaceOrder{CartID: v.Cart.ID, CartToken: tok, Email: "ada@example.com", ShipTo: order.Address{Name: "Ada", Line1: "Weg 1", City: "Ulm", Postcode: "89073", Country: "DE"}}
}

func (s *shop) place(t *testing.T, qty int64, codes ...string) (order.Order, string) {
	t.Helper()
	o, tok, err := s.orders.Place(t.Context(), s.cart(t, []cart.Item{{SKU: mug, Qty: qty}}, codes...))
	if err != nil {
		t.Fatal(err)
	}
	return o, tok
}

func (s *shop) pay(t *testing.T, o order.Order, tok, method string) (settlement.Outcome, error) {
	t.Helper()
	return s.money.Collect(t.Context(), settlement.Pay{OrderID: o.ID, Token: tok, Method: method})
}

// books is what must not change when something fails: stock, orders, promotion
// budgets and what waits in the outbox.
func (s *shop) books(t *testing.T) string {
	t.Helper()
	read := s.db.Read()
	levels, err := read.Stock.Levels(t.Context(), []string{mug, "MU01-ALMA-RUST"})
	orders, err2 := read.Orders.Page(t.Context(), "", 100)
	codes, err3 := read.Promotions.ByCodes(t.Context(), []string{"FIRST100", "WELCOME10"})
	backlog, err4 := read.Outbox.Backlog(t.Context(), s.at)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]any{levels, orders, codes, backlog})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnOrderThatCannotBeLeavesNoTrace(t *testing.T) {
	s := newShop(t)
	if err := s.db.InTx(t.Context(), func(tx store.Stores) error {
		p := promotion.Promotion{ID: "once", Title: "Once", Kind: promotion.Percent, Active: true, Terms: promotion.Terms{PercentPPM: 1}, UpdatedAt: s.at}
		if err := tx.Promotions.Insert(t.Context(), p); err != nil {
			return err
		}
		return tx.Promotions.PutCode(t.Context(), promotion.Code{Code: "ONCE", PromotionID: "once", MaxUses: 1})
	}); err != nil {
		t.Fatal(err)
	}
	s.place(t, 1, "ONCE")
	one := []cart.Item{{SKU: mug, Qty: 1}}
	tests := map[string]struct {
		wish   checkout.PlaceOrder
		change func(in *checkout.PlaceOrder)
		code   string
	}{
		"the second line is sold out": {wish: s.cart(t, []cart.Item{{SKU: "MU01-ALMA-RUST", Qty: 1}, {SKU: mug, Qty: stock}}), code: "out-of-stock"},
		"the price has changed":       {wish: s.cart(t, one), change: func(in *checkout.PlaceOrder) { a := money.Of(1, "EUR"); in.Expect = &a }, code: "total-changed"},
		"another currency is meant":   {wish: s.cart(t, one), change: func(in *checkout.PlaceOrder) { a := money.Of(2580, "USD"); in.Expect = &a }, code: "total-changed"},
		"nobody carries it there":     {wish: s.cart(t, one), change: func(in *checkout.PlaceOrder) { in.Method = "pigeon" }, code: "unknown-shipping-method"},
		"the country is not served":   {wish: s.cart(t, one), change: func(in *checkout.PlaceOrder) { in.ShipTo.Country = "ZZ" }, code: "unknown-country"},
		"the code is used up":         {wish: s.cart(t, one, "ONCE"), code: "promotion-used-up"},
		"the code does not hold":      {wish: s.cart(t, one, "FIVEOFF"), code: "promotion-min-spend"},
		"the cart is empty":           {wish: s.cart(t, nil), code: "cart-empty"},
		"the token is another's":      {wish: s.cart(t, one), change: func(in *checkout.PlaceOrder) { in.CartToken = "x" }, code: "cart-not-found"},
	}
	before := s.books(t)
	for name, tc := range tests {
		if tc.change != nil {
			tc.change(&tc.wish)
		}
		if _, _, err := s.orders.Place(t.Context(), tc.wish); fault.Code(err) != tc.code {
			t.Errorf("%s: %v, want %s", name, err, tc.code)
		}
		if after := s.books(t); after != before {
			t.Errorf("%s left\n%s\nof\n%s", name, after, before)
		}
	}
}

func TestOnlyAnUnpaidOrderWhoseTimeIsOverExpires(t *testing.T) {
	s := newShop(t)
	early, _ := s.place(t, 1)
	paid, tok := s.place(t, 1)
	if _, err := s.pay(t, paid, tok, "card"); err != nil {
		t.Fatal(err)
	}
	s.at = s.at.Add(15*time.Minute - time.Microsecond)
	if expired, err := s.orders.Expire(t.Context(), early.ID); expired || err != nil {
		t.Errorf("a moment too early: %v, %v", expired, err)
	}
	s.at = s.at.Add(time.Microsecond)
	for id, want := range map[string]bool{early.ID: true, paid.ID: false} {
		for i := range 2 {
			if expired, err := s.orders.Expire(t.Context(), id); expired != (want && i == 0) || err != nil {
				t.Errorf("time %d: %v, %v", i, expired, err)
			}
		}
	}
	levels, err := s.db.Read().Stock.Levels(t.Context(), []string{mug})
	if err != nil || levels[0].OnHand != stock-1 || levels[0].Reserved != 0 {
		t.Errorf("stock is %+v, %v", levels, err)
	}
}

func TestWhatAProviderSaysInternallyIsNotForShoppers(t *testing.T) {
	s := newShop(t)
	o, tok := s.place(t, 1)
	for name, refusal := range map[string]error{
		"a refusal with a cause": fault.New(fault.Invalid, "payment-method-invalid", "The payment method cannot be used.").Because(errors.New("key sk_live_1 at http://inside")),
		"a long refusal":         fault.New(fault.Conflict, "payment-refused", "%s", strings.Repeat("inside ", 100)),
	} {
		s.bank.answer = func(payment.Charge) (payment.State, error) { return payment.State{}, refusal }
		_, err := s.pay(t, o, tok, name)
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Code != "payment-declined" || strings.Contains(e.Detail, "inside") || strings.Contains(e.Detail, "sk_live") {
			t.Errorf("%s is told as %v", name, err)
		}
	}
}

func TestAnUnknownOutcomeKeepsTheAttemptOpen(t *testing.T) {
	s := newShop(t)
	o, tok := s.place(t, 1)
	for _, err := range []error{fault.New(fault.Unavailable, "down", "Down."), errors.New("odd"), context.DeadlineExceeded} {
		s.bank.answer = func(payment.Charge) (payment.State, error) { return payment.State{}, err }
		if _, got := s.pay(t, o, tok, "card"); fault.Code(got) != "payment-outcome-unknown" || fault.KindOf(got) != fault.Unavailable {
			t.Errorf("after %v: %v", err, got)
		}
	}
	if _, err := s.pay(t, o, tok, "another card"); fault.Code(err) != "payment-in-progress" {
		t.Errorf("another card meanwhile: %v", err)
	}
	keys := map[string]bool{}
	s.bank.answer = func(c payment.Charge) (payment.State, error) {
		keys[c.Key] = true
		return says(payment.AttemptCaptured)(c)
	}
	out, err := s.pay(t, o, tok, "card")
	if err != nil || out.Order.Status != order.Paid || out.Attempt.No != 1 || len(keys) != 1 {
		t.Errorf("the same card again: %+v, %v, keys %v", out.Attempt, err, keys)
	}
}

func TestAnAmountThatIsNotOursPaysNothing(t *testing.T) {
	s := newShop(t)
	o, tok := s.place(t, 1)
	s.bank.answer = func(c payment.Charge) (payment.State, error) {
		st, err := says(payment.AttemptCaptured)(c)
		st.Amount.Minor--
		return st, err
	}
	before := s.books(t)
	if _, err := s.pay(t, o, tok, "card"); fault.Code(err) != "payment-amount-differs" {
		t.Errorf("a cent less = %v", err)
	}
	if after := s.books(t); after != before {
		t.Errorf("it left\n%s\nof\n%s", after, before)
	}
}

func TestANoticeIsAppliedOnceAndNeverBackwards(t *testing.T) {
	s := newShop(t)
	s.bank.answer = says(payment.Pending)
	o, tok := s.place(t, 1)
	out, err := s.pay(t, o, tok, "card")
	if err != nil || out.Attempt.Status != payment.Pending {
		t.Fatalf("%+v, %v", out, err)
	}
	notice := func(id string, status payment.AttemptStatus) payment.Notice {
		return payment.Notice{ID: id, At: s.at, State: payment.State{Ref: "ch", Reference: out.Payment.ID + "/1", Status: status, Amount: o.TotalAmount()}}
	}
	after := ""
	for i, n := range []payment.Notice{notice("b", payment.AttemptCaptured), notice("b", payment.AttemptCaptured), notice("c", payment.AttemptCaptured), notice("a", payment.Authorised), notice("d", payment.Declined)} {
		if err := s.money.Apply(t.Context(), n); err != nil {
			t.Errorf("notice %s: %v", n.ID, err)
		}
		if now := s.books(t); i == 0 {
			after = now
		} else if now != after {
			t.Errorf("notice %d left\n%s\nof\n%s", i, now, after)
		}
	}
	for _, reference := range []string{"", "x", "x/1", out.Payment.ID, out.Payment.ID + "/0", out.Payment.ID + "/x", out.Payment.ID + "/99999", "00000000-0000-7000-8000-999999999999/1"} {
		n := notice("z"+reference, payment.AttemptCaptured)
		n.State.Reference = reference
		if err := s.money.Apply(t.Context(), n); fault.KindOf(err) != fault.NotFound {
			t.Errorf("about %q: %v", reference, err)
		}
	}
}

func TestMoneyForAnOrderThatHasEndedIsDueBack(t *testing.T) {
	s := newShop(t)
	s.bank.answer = says(payment.Pending)
	o, tok := s.place(t, 2, "FIRST100")
	out, err := s.pay(t, o, tok, "card")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.orders.Cancel(t.Context(), o.ID, tok, "", idempotency.Request{}); err != nil {
		t.Fatal(err)
	}
	n := payment.Notice{ID: "late", At: s.at, State: payment.State{Ref: "ch", Reference: out.Payment.ID + "/1", Status: payment.AttemptCaptured, Amount: o.TotalAmount()}}
	waiting := func() int64 {
		b, err := s.db.Read().Outbox.Backlog(t.Context(), s.at)
		if err != nil {
			t.Fatal(err)
		}
		return b.Pending
	}
	before := waiting()
	for range 2 {
		if err := s.money.Apply(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if got := waiting() - before; got != 1 {
		t.Errorf("%d refunds are due, want one", got)
	}
	if now, err := s.db.Read().Orders.Load(t.Context(), o.ID); err != nil || now.Status != order.Cancelled {
		t.Errorf("the order is %s, %v", now.Status, err)
	}
}

func TestARefundIsRefusedWhenTheNoticeOfTheLastOneCameBeforeItsAnswer(t *testing.T) {
	s := newShop(t)
	o, tok := s.place(t, 1)
	out, err := s.pay(t, o, tok, "card")
	if err != nil {
		t.Fatal(err)
	}
	owe := func(cause string) error {
		return s.db.InTx(t.Context(), func(tx store.Stores) error {
			due, err := tx.Payments.LockByOrder(t.Context(), o.ID)
			if err != nil {
				return err
			}
			_, _, err = s.money.Owe(t.Context(), tx, due, payment.Refund{Cause: payment.Goodwill, CauseID: cause, Amount: o.TotalAmount(), Actor: "staff:1"})
			return err
		})
	}
	if err := owe("first"); err != nil {
		t.Fatal(err)
	}
	a := out.Attempt
	refunded := payment.State{Ref: a.ProvRef, Reference: fmt.Sprintf("%s/%d", a.PaymentID, a.No), Status: payment.AttemptRefunded, Amount: o.TotalAmount()}
	if err := s.money.Apply(t.Context(), payment.Notice{ID: "n1", State: refunded}); err != nil {
		t.Fatal(err)
	}
	if err := owe("second"); fault.Code(err) != "refund-exceeds" {
		t.Errorf("another refund: %v, want refund-exceeds", err)
	}
}

func TestCartsHoldTheirBounds(t *testing.T) {
	s := newShop(t)
	for name, tc := range map[string]struct {
		currency string
		items    []cart.Item
		code     string
	}{
		"10 and -5":         {"EUR", []cart.Item{{SKU: mug, Qty: 10}, {SKU: mug, Qty: -5}}, "bad-quantity"},
		"more than it may":  {"EUR", []cart.Item{{SKU: mug, Qty: cart.MaxQty}, {SKU: mug, Qty: 1}}, "bad-quantity"},
		"no such SKU":       {"EUR", []cart.Item{{SKU: "nothing", Qty: 1}}, "sku-not-sold"},
		"no such currency":  {"EURO", nil, "unknown-currency"},
		"not sold in it":    {"JPY", []cart.Item{{SKU: mug, Qty: 1}}, "sku-not-sold"},
		"as much as it may": {"EUR", []cart.Item{{SKU: mug, Qty: cart.MaxQty}}, ""},
	} {
		if _, _, err := s.carts.Start(t.Context(), shopping.StartCart{Currency: tc.currency, Items: tc.items}); fault.Code(err) != tc.code {
			t.Errorf("%s: %v, want %q", name, err, tc.code)
		}
	}
	wish := s.cart(t, []cart.Item{{SKU: mug, Qty: 1}})
	mine := shopping.Access{ID: wish.CartID, Token: wish.CartToken}
	if _, _, err := s.orders.Place(t.Context(), wish); err != nil {
		t.Fatal(err)
	}
	if _, err := s.carts.SetItem(t.Context(), mine, cart.Item{SKU: mug, Qty: 2}); fault.Code(err) != "cart-already-ordered" {
		t.Errorf("changing an ordered cart: %v", err)
	}
	open := s.cart(t, nil)
	s.at = s.at.Add(time.Hour)
	if _, err := s.carts.SetItem(t.Context(), shopping.Access{ID: open.CartID, Token: open.CartToken}, cart.Item{SKU: mug, Qty: 2}); fault.Code(err) != "cart-not-found" {
		t.Errorf("changing an expired cart: %v", err)
	}
}

func TestAMutationWithAKeyHappensOnceAndErrorsAreNotRemembered(t *testing.T) {
	s := newShop(t)
	req := idempotency.Request{Scope: "test", Key: "a key of a test", Hash: make([]byte, 32)}
	calls := 0
	do := func(r idempotency.Request, err error) (int, error) {
		return once.Do(t.Context(), s.db, r, s.at, func(store.Stores) (int, error) { calls++; return calls, err })
	}
	if _, err := do(req, fault.New(fault.Conflict, "busy", "Busy.")); fault.Code(err) != "busy" {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := do(req, nil); got != 2 || err != nil {
			t.Errorf("= %d, %v; want the first answer that was none of an error", got, err)
		}
	}
	other := req
	other.Hash = append([]byte{1}, make([]byte, 31)...)
	if _, err := do(other, nil); fault.Code(err) != "idempotency-key-reused" {
		t.Errorf("another request under the key: %v", err)
	}
	other.Scope = "elsewhere"
	if got, err := do(other, nil); got != 3 || err != nil {
		t.Errorf("the key in another scope = %d, %v", got, err)
	}
}

func TestSettingsOfServicesThatCannotWorkAreNamed(t *testing.T) {
	for name, err := range map[string]error{
		"cart.keep-for":     shopping.Config{KeepFor: time.Second}.Validate(),
		"checkout.hold-for": checkout.Config{HoldFor: time.Second}.Validate(),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s = %v", name, err)
		}
	}
}
