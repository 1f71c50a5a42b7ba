package integration

import (
	"strings"
	"testing"

	"tradewind/internal/app"
)

func TestAShopThatMayNotWriteIsBrowsed(t *testing.T) {
	s := openShop(t, nil)
	c := s.cart(t, "MU01-ALMA-RUST", 2)
	o := s.placed(t, "MU01-ALMA-SAND")
	real := map[string]string{}
	staff := s.people(t, "staff", real)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}

	s = runShop(t, s.dir, func(c *app.Config) { c.DB.ReadOnly = true })
	for _, path := range []string{"/v1/categories", "/v1/products?limit=5", "/v1/products/almanac-mug", "/v1/search?q=mug&facets=true", "/v1/brands", "/v1/collections", "/v1/shipping-methods?country=DE",
		"/v1/products/almanac-mug/recommendations"} {
		if status, body := fetch(t, s.base+path); status != 200 && status != 404 || strings.Contains(body, "read-only") {
			t.Errorf("GET %s = %d %s", path, status, body)
		}
	}
	s.ask(t, "GET", "/v1/carts/"+c.ID, "", "Cart-Token", c.Token).expect(t, 200)
	s.ask(t, "GET", "/v1/orders/"+o.ID, "", "Order-Token", o.Token).expect(t, 200)
	s.ask(t, "GET", "/v1/admin/orders?limit=1", "", "Authorization", "Bearer "+staff).expect(t, 200)
	for _, a := range []answer{
		s.ask(t, "POST", "/v1/carts", `{"items":[{"sku":"MU01-ALMA-SAND","qty":1}]}`),
		s.ask(t, "POST", "/v1/checkout", checkoutBody(c.ID), "Cart-Token", c.Token),
		s.payment(t, o, "tok_ok"),
		s.ask(t, "POST", "/v1/account/sign-in", `{"email":"ada@example.com","password":"a long password"}`),
	} {
		if a.status != 503 || a.code() != "read-only" {
			t.Errorf("a change = %d %s", a.status, a.body)
		}
	}
	if n := len(s.charges(t, o)); n != 0 {
		t.Errorf("the provider was asked for %d charges", n)
	}
	if status, body := fetch(t, s.OpsURL+"/readyz"); status != 200 || !strings.Contains(body, "read-only") {
		t.Errorf("/readyz = %d %s", status, body)
	}
	if _, text := fetch(t, s.OpsURL+"/metrics"); !strings.Contains(text, `tradewind_db_read_only{service="all"} 1`) {
		t.Error("the metrics do not tell that nothing is changed")
	}
	if log := s.log.String(); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("the log complains:\n%s", log)
	}
}
