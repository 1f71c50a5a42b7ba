package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/store"
)

// goods is a product of its own with so many pieces at main; it returns the SKU.
func (s *shop) goods(t testing.TB, pieces int64) string {
	t.Helper()
	ada, u := s.staff(t, "catalog:write"), unique()
	category, _ := s.makes(t, "/v1/admin/categories", `{"title":"`+u+`"}`, ada...)
	s.makes(t, "/v1/admin/products", productBody(category, u, "SKU-"+u, "active", 1000), ada...)
	if pieces > 0 {
		w := s.ask(t, "POST", "/v1/admin/stock/SKU-"+u+"/adjustments", fmt.Sprintf(`{"delta":%d,"reason":"receive"}`, pieces), s.staff(t, "stock:write")...)
		if w.Code != http.StatusCreated {
			t.Fatalf("stock %s: %d %s", u, w.Code, w.Body)
		}
	}
	return "SKU-" + u
}

func TestGoodsComeAreCountedAndGo(t *testing.T) {
	s := open(t)
	ada, sku := s.staff(t, "stock:read", "stock:write"), s.goods(t, 10)
	step := func(method, target, body, want string, headers ...string) string {
		t.Helper()
		w := s.ask(t, method, target, body, append(headers, ada...)...)
		if w.Code >= 300 || !strings.Contains(w.Body.String(), want) {
			t.Fatalf("%s %s %s = %d %s, want %s", method, target, body, w.Code, w.Body, want)
		}
		return w.Body.String()
	}
	at := "/v1/admin/stock/" + sku
	north, _ := s.makes(t, "/v1/admin/locations", `{"code":"`+strings.ToLower(sku)+`","name":"North","active":true,"priority":50}`, ada...)
	moved, _ := s.makes(t, "/v1/admin/inbound", `{"from":"main","to":"`+north+`","lines":[{"sku":"`+sku+`","qty":4}]}`, ada...)
	step("POST", "/v1/admin/inbound/"+moved+"/send", "", `"state":"sent"`)
	step("GET", at, "", `"on_hand":6`)
	step("GET", at, "", `"incoming":4`)
	for range 2 { // the second asks again under the key
		step("POST", "/v1/admin/inbound/"+moved+"/receive", `{"lines":[{"sku":"`+sku+`","received":2}]}`, `"received":2`, "Idempotency-Key", "received-"+sku)
	}
	step("POST", "/v1/admin/inbound/"+moved+"/receive", `{"lines":[{"sku":"`+sku+`","received":1,"missing":1}]}`, `"state":"received"`)
	step("GET", at, "", `"promisable":9`)
	if w := s.ask(t, "POST", "/v1/admin/inbound/"+moved+"/cancel", "", ada...); codeIn(w) != "inbound-state" {
		t.Errorf("what has come is cancelled: %d %s", w.Code, w.Body)
	}
	take, _ := s.makes(t, "/v1/admin/stock-takes", `{"location":"`+north+`"}`, ada...)
	step("PUT", "/v1/admin/stock-takes/"+take+"/lines/"+sku, `{"counted":5}`, `"known":3,"counted":5`)
	step("POST", "/v1/admin/stock-takes/"+take+"/close", "", `"state":"closed"`)
	step("GET", at, "", `"promisable":11`)
	hold, _ := s.makes(t, "/v1/admin/holds", `{"lines":[{"sku":"`+sku+`","qty":11}],"until":"2026-03-02T00:00:00Z"}`, ada...)
	step("GET", at, "", `"promisable":0`)
	if w := s.ask(t, "POST", "/v1/admin/holds", `{"lines":[{"sku":"`+sku+`","qty":1}],"until":"2026-03-02T00:00:00Z"}`, ada...); codeIn(w) != "out-of-stock" {
		t.Errorf("more is held than there is: %d %s", w.Code, w.Body)
	}
	if w := s.ask(t, "POST", "/v1/admin/holds/"+hold+"/release", "", ada...); w.Code != http.StatusNoContent {
		t.Errorf("release: %d %s", w.Code, w.Body)
	}
	step("PUT", at+"/locations/main/buckets", `{"buckets":3}`, `"buckets":3`)
	body := step("POST", "/v1/admin/stock-changes", `{"rows":[{"sku":"`+sku+`","qty":-3,"relative":true},{"sku":"NO-SUCH","qty":1},{"sku":"`+sku+`","location":"nowhere","qty":1}]}`, `{"items":[{},{"code":"sku-not-found"`)
	if !strings.Contains(body, `"location-not-found"`) {
		t.Errorf("a location that is not there: %s", body)
	}
	step("GET", at, "", `"promisable":8`)
	var next string
	for n := 0; ; n++ { // the whole ledger, two at a time
		page := step("GET", at+"/movements?limit=2&cursor="+next, "", `"items"`)
		if _, after, more := strings.Cut(page, `"next":"`); more {
			next, _, _ = strings.Cut(after, `"`)
			continue
		}
		if n < 3 || !strings.Contains(page, `"receive"`) {
			t.Errorf("the ledger ends after %d pages with %s", n, page)
		}
		break
	}
}

func TestWhatIsScarceIsListedByLocation(t *testing.T) {
	s := open(t)
	ada, few, many := s.staff(t, "stock:read", "stock:write"), s.goods(t, 2), s.goods(t, 50)
	for _, sku := range []string{few, many} {
		w := s.ask(t, "GET", "/v1/admin/stock/"+sku+"/policy", "", ada...)
		if w = s.ask(t, "PUT", "/v1/admin/stock/"+sku+"/policy", `{"low":5}`, append([]string{"If-Match", w.Header().Get("ETag")}, ada...)...); w.Code != http.StatusOK {
			t.Fatalf("policy of %s: %d %s", sku, w.Code, w.Body)
		}
	}
	ctx := context.Background()
	err := s.api.DB.InTx(ctx, func(tx store.Stores) error {
		signals, err := tx.Stock.Signals(ctx, []string{few, many}, 0)
		for _, g := range signals {
			if _, err := tx.Stock.Say(ctx, g); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w := s.ask(t, "GET", "/v1/admin/locations/main/stock?low=true&limit=100", "", ada...)
	if !strings.Contains(w.Body.String(), `"sku":"`+few+`","location":"main","on_hand":2,`) || strings.Contains(w.Body.String(), many) {
		t.Errorf("scarce is %s", w.Body)
	}
}

func TestOfTwoWhoChangeOnePolicyAtOnceOneIsTold(t *testing.T) {
	s := open(t)
	ada, sku, set, part := s.staff(t, "stock:write"), s.goods(t, 1), s.goods(t, 0), s.goods(t, 1)
	location, tag := s.makes(t, "/v1/admin/locations", `{"code":"`+strings.ToLower(sku)+`","name":"North"}`, ada...)
	for _, c := range []struct{ path, tag, body string }{
		{"/v1/admin/stock/" + sku + "/policy", `"1"`, `{"low":5}`},
		{"/v1/admin/stock/" + set + "/bundle", `"1"`, `{"components":[{"sku":"` + part + `","qty":2}]}`},
		{"/v1/admin/locations/" + location, tag, `{"code":"` + strings.ToLower(sku) + `","name":"South"}`},
	} {
		var won, told atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch w := s.ask(t, "PUT", c.path, c.body, append([]string{"If-Match", c.tag}, ada...)...); w.Code {
				case http.StatusOK:
					won.Add(1)
				case http.StatusPreconditionFailed:
					told.Add(1)
				default:
					t.Errorf("PUT %s = %d %s", c.path, w.Code, w.Body)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || told.Load() != 7 {
			t.Errorf("%s: %d won and %d were told", c.path, won.Load(), told.Load())
		}
	}
	if whole, err := s.api.DB.Read().Stock.Promisable(context.Background(), []string{set}); err != nil || whole[set] != 0 {
		t.Errorf("of one piece %v bundles of two can be made, %v", whole, err)
	}
	if parts, err := s.api.DB.Read().Stock.Bundles(context.Background(), []string{set}); err != nil || len(parts[set]) != 1 || parts[set][0] != (inventory.Component{SKU: part, Qty: 2}) {
		t.Errorf("the bundle is %v, %v", parts, err)
	}
}
