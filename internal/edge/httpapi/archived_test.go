package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/store"
)

// Who holds an order that was moved to the archive is told so; for everybody
// else it never was.
func TestTheHolderOfAnArchivedOrderIsToldWhereItWent(t *testing.T) {
	s := open(t)
	f := s.from()
	id, tok := f.order(t, address())
	o, err := s.api.DB.Read().Orders.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	due, err := s.api.DB.Read().Payments.ByOrder(t.Context(), id)
	if err == nil {
		err = s.api.DB.InTx(t.Context(), func(tx store.Stores) error {
			return tx.Orders.Purge(t.Context(), []order.Purged{{ID: id, Archive: "2024-01-eu", PaymentID: due.ID, At: time.Now()}})
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range [][3]string{{"GET", "", ""}, {"GET", "/timeline", ""}, {"POST", "/cancel", ""}, {"POST", "/payment", `{"method":"tok_ok"}`}, {"POST", "/returns", `{"reason":"too blue","lines":[{"line":1,"qty":1}]}`}} {
		w := f.ask(t, r[0], "/v1/orders/"+id+r[1], r[2], "Order-Token", tok)
		if w.Code != http.StatusNotFound || codeIn(w) != "order-archived" || !strings.Contains(w.Body.String(), fmt.Sprintf("Order %d was closed long ago", o.Number)) {
			t.Errorf("%s %s = %d %s", r[0], r[1], w.Code, w.Body)
		}
		w = f.ask(t, r[0], "/v1/orders/"+id+r[1], r[2], "Order-Token", "another")
		if w.Code != http.StatusNotFound || codeIn(w) != "order-not-found" {
			t.Errorf("with another token %s %s = %d %s", r[0], r[1], w.Code, w.Body)
		}
	}
}
