package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Every service has the routes that its name promises, and payment those alone
// that need the provider.
func TestRoutesBelongToServices(t *testing.T) {
	got := map[Target]int{}
	for _, r := range (&API{}).Routes() {
		got[TargetOf(r.Path)]++
	}
	for path, want := range map[string]Target{
		"/": Product, "/v1/products": Product, "/v1/products/checkout": Product, "/v1/search": Product, "/media/a/b.jpg": Product, "/v1/recently-viewed/x": Product, "/v1/shop": Product,
		"/v1/admin/products/orders": Product, "/v1/admin/stock": Product, "/v1/admin/price-changes": Product,
		"/v1/account": User, "/v1/account/orders/1": User, "/v1/admin/staff": User, "/v1/admin/sign-in": User, "/v1/admin/customers/7/addresses": User,
		"/v1/carts": Cart, "/v1/carts/1/items/a%2Fb": Cart, "/v1/admin/abandoned-carts": Cart,
		"/v1/checkout": Order, "/v1/orders/links": Order, "/v1/orders/1": Order, "/v1/orders/1/returns/2": Order, "/v1/admin/orders/1/refunds": Order, "/v1/admin/promotions/payment": Order,
		"/v1/orders/1/payment": Payment, "/v1/webhooks/sandboxpay": Payment,
		"/v1/orders/1/payment/2": Order, "/v1/cartsx": Product, "/v1/accounts": Product,
	} {
		if is := TargetOf(path); is != want {
			t.Errorf("%s is %s's, want %s", path, is, want)
		}
	}
	if got[Payment] != 2 || got[Cart] < 8 || got[Order] < 30 || got[User] < 40 || got[Product] < 60 {
		t.Errorf("routes of services: %v", got)
	}
}

func TestARequestForAnotherServiceSaysSo(t *testing.T) {
	s := open(t)
	api := *s.api
	api.Targets = []Target{Cart, Order}
	h := api.Handler()
	for path, want := range map[string]int{"/v1/products": http.StatusMisdirectedRequest, "/v1/admin/orders": http.StatusUnauthorized, "/v1/account": http.StatusMisdirectedRequest, "/v1/nowhere": http.StatusNotFound} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want {
			t.Errorf("GET %s: %d %s", path, w.Code, w.Body)
		}
		if want == http.StatusMisdirectedRequest && !strings.Contains(w.Body.String(), "this process serves cart, order") {
			t.Errorf("GET %s is told %s", path, w.Body)
		}
	}
}
