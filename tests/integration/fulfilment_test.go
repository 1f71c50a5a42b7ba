package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tradewind/internal/app"
)

// desk is a member of staff with some permissions at work on one order.
type desk struct {
	s     *shop
	token string
	path  string // of the order
}

// does makes a request about the order with its present version and expects the status.
func (d desk) does(t *testing.T, want int, method, path, body string, headers ...string) answer {
	t.Helper()
	now := d.s.ask(t, "GET", d.path, "", "Authorization", "Bearer "+d.token)
	headers = append(headers, "Authorization", "Bearer "+d.token, "If-Match", now.header.Get("ETag"))
	got := d.s.ask(t, method, d.path+path, body, headers...)
	if got.status != want {
		t.Fatalf("%s %s%s %s = %d %s, want %d", method, d.path, path, body, got.status, got.body, want)
	}
	return got
}

// The whole life of an order: paid, a unit cancelled, the rest sent in two
// parcels, delivered, part of it returned, and something given back besides.
func TestAnOrderFromPaidToRefunded(t *testing.T) {
	s := openShop(t, func(c *app.Config) {})
	o := s.order(t, s.cart(t, "MU01-ALMA-SAND", 4))
	s.pays(t, o, "tok_ok", 200, "")
	staff := desk{s, s.people(t, "staff", map[string]string{}), "/v1/admin/orders/" + o.ID}

	staff.does(t, 200, "POST", "/cancel", `{"lines":[{"line":1,"qty":1}],"reason":"a crack"}`)
	staff.does(t, 201, "POST", "/shipments", `{"lines":[{"line":1,"qty":1}],"carrier":"Gull","tracking":"G1"}`)
	if got := staff.does(t, 409, "POST", "/shipments", `{"lines":[{"line":1,"qty":3}],"carrier":"Gull"}`); got.code() != "units-exceeded" {
		t.Errorf("three of two left = %s", got.code())
	}
	staff.does(t, 201, "POST", "/shipments", `{"carrier":"Gull","tracking_url":"https://gull.example/G2"}`)
	var seen struct {
		Shipments []struct{ ID string }
		Returns   []struct{ ID, Status string }
		Invoices  []struct{ Kind, Series string }
		Notes     []struct{ Body, Author string }
		History   []struct{ Event, Actor, Note string }
	}
	timeline := func() string {
		t.Helper()
		a := s.ask(t, "GET", "/v1/orders/"+o.ID+"/timeline", "", "Order-Token", o.Token)
		seen.Shipments, seen.Returns, seen.Invoices, seen.Notes, seen.History = nil, nil, nil, nil, nil
		a.into(t, &seen)
		return string(a.body)
	}
	timeline()
	for _, sh := range seen.Shipments {
		staff.does(t, 200, "PUT", "/shipments/"+sh.ID+"/delivered", "")
	}
	staff.does(t, 201, "POST", "/notes", `{"body":"Rings twice.\nAlways.","for_shopper":false}`)
	staff.does(t, 201, "POST", "/notes", `{"body":"We are sorry.","for_shopper":true}`)

	asked := s.ask(t, "POST", "/v1/orders/"+o.ID+"/returns", `{"lines":[{"line":1,"qty":2}],"reason":"too blue"}`, "Order-Token", o.Token)
	if asked.status != 201 {
		t.Fatalf("ask for a return = %d %s", asked.status, asked.body)
	}
	timeline()
	back := "/returns/" + seen.Returns[0].ID
	staff.does(t, 409, "POST", back+"/received", `{"lines":[{"line":1,"received":2}]}`)
	staff.does(t, 200, "PUT", back, `{"status":"approved","answer":"Send them."}`)
	staff.does(t, 200, "POST", back+"/received", `{"lines":[{"line":1,"received":2,"restocked":1}]}`)
	staff.does(t, 201, "POST", "/refunds", `{"amount":{"minor":100,"currency":"EUR"},"reason":"sorry"}`, "Idempotency-Key", "sorry-000001")
	staff.does(t, 201, "POST", "/refunds", `{"amount":{"minor":100,"currency":"EUR"},"reason":"sorry"}`, "Idempotency-Key", "sorry-000001")
	if got := staff.does(t, 409, "POST", "/refunds", fmt.Sprintf(`{"amount":{"minor":%d,"currency":"EUR"},"reason":"all"}`, o.Total), "Idempotency-Key", "sorry-000002"); got.code() != "refund-exceeds" {
		t.Errorf("everything once more = %s", got.code())
	}

	eventually(t, "the money is back and the papers are written", func() bool {
		timeline()
		return len(seen.Invoices) == 4 && seen.Returns[0].Status == "refunded"
	})
	body := timeline()
	if strings.Contains(body, "Rings twice") || strings.Contains(body, "staff:") || strings.Contains(body, "a crack") || len(seen.Notes) != 1 || seen.Notes[0].Body != "We are sorry." {
		t.Errorf("the shopper is told %s", body)
	}
	refunds := string(s.ask(t, "GET", staff.path+"/refunds", "", "Authorization", "Bearer "+staff.token).body)
	if strings.Count(refunds, `"status":"done"`) != 3 {
		t.Errorf("refunds are %s", refunds)
	}
	full := string(s.ask(t, "GET", staff.path+"/timeline", "", "Authorization", "Bearer "+staff.token).body)
	for _, want := range []string{"Rings twice.\\nAlways.", `"units-cancelled"`, `"part-shipped"`, `"delivered"`, `"return-refunded"`, "staff:"} {
		if !strings.Contains(full, want) {
			t.Errorf("staff is not told of %s: %s", want, full)
		}
	}
	s.balance(t)
}

// What staff changed cannot be changed unseen, nor by somebody without the right.
func TestStaffActOnWhatTheySaw(t *testing.T) {
	s := openShop(t, func(c *app.Config) {})
	o := s.order(t, s.cart(t, "MU01-ALMA-SAND", 2))
	s.pays(t, o, "tok_ok", 200, "")
	path, staff := "/v1/admin/orders/"+o.ID, "Bearer "+s.people(t, "staff", map[string]string{})
	for name, tc := range map[string]struct {
		headers []string
		status  int
	}{
		"without a version":          {[]string{"Authorization", staff}, http.StatusPreconditionRequired},
		"with an old version":        {[]string{"Authorization", staff, "If-Match", `"1"`}, http.StatusPreconditionFailed},
		"with the order's own token": {[]string{"Order-Token", o.Token, "If-Match", `"2"`}, http.StatusUnauthorized},
	} {
		if got := s.ask(t, "POST", path+"/shipments", `{"carrier":"Gull"}`, append(tc.headers, clumsy, "yes")...); got.status != tc.status {
			t.Errorf("%s = %d %s, want %d", name, got.status, got.body, tc.status)
		}
	}
	if got := s.look(t, o); got.Status != "paid" {
		t.Errorf("the order is %s", got.Status)
	}
	list := string(s.ask(t, "GET", "/v1/admin/orders?email=ADA@example.com&status=paid", "", "Authorization", staff).body)
	if !strings.Contains(list, o.ID) || strings.Contains(list, o.Token) || strings.Contains(list, "ship_to") {
		t.Errorf("the list is %s", list)
	}
}
