package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/store"
)

// titles are what a list of anything shows, in its order.
func titles(t testing.TB, body []byte) (out []string, next string) {
	t.Helper()
	var list struct {
		Items []struct{ Title, Name string }
		Next  string
	}
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	for _, it := range list.Items {
		out = append(out, it.Title+it.Name)
	}
	return out, list.Next
}

func TestBrandsPageInOrderOfName(t *testing.T) {
	s := open(t)
	var all []string
	for next := ""; ; {
		w := s.ask(t, "GET", "/v1/brands?limit=2&cursor="+next, "")
		page, more := titles(t, w.Body.Bytes())
		if all = append(all, page...); more == "" {
			break
		}
		next = more
	}
	demo := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return name[0] > 'Z' }) // what other tests have made of this shop begins small
	if got := strings.Join(demo, ", "); !slices.IsSorted(all) || got != "Brinewright, Cove & Keel, Fennel Row, Northing, Paper Moon, Saltmarsh Works" {
		t.Errorf("brands are %s", got)
	}
	for target, want := range map[string]int{"/v1/brands/cove-keel": 200, "/v1/brands/nobody": 404, "/v1/brands?sort=name": 400, "/v1/brands?cursor=x": 400, "/v1/brands/cove-keel?x=1": 400} {
		if w := s.ask(t, "GET", target, ""); w.Code != want {
			t.Errorf("GET %s = %d %s", target, w.Code, w.Body)
		}
	}
}

func TestACollectionIsListedAsACategoryIs(t *testing.T) {
	s, err := newShop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	hidden := catalog.Collection{ID: "00000000-0000-7000-8000-00000000cccc", Slug: "secret", Title: "Secret", Status: catalog.Hidden, Version: 1}
	if err := s.api.DB.InTx(ctx, func(tx store.Stores) error { return tx.Catalog.PutCollection(ctx, hidden) }); err != nil {
		t.Fatal(err)
	}
	if w := s.ask(t, "GET", "/v1/collections", ""); strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "gifts-under-30") || strings.Contains(w.Body.String(), "rule") {
		t.Errorf("collections are %s", w.Body)
	}
	seen := 0
	for next := ""; ; {
		w := s.ask(t, "GET", "/v1/products?collection=gifts-under-30&sort=-price&limit=10&cursor="+next, "")
		var page listView[cardView]
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for _, c := range page.Items {
			if c.Price.Minor > 3000 {
				t.Errorf("%s costs %d", c.Slug, c.Price.Minor)
			}
			seen++
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if seen < 20 {
		t.Errorf("%d products are in the collection", seen)
	}
	for target, want := range map[string]string{
		"/v1/collections/secret":                               "collection-not-found",
		"/v1/collections/" + hidden.ID:                         "collection-not-found",
		"/v1/products?collection=secret":                       "collection-not-found",
		"/v1/products?collection=gifts-under-30&category=mugs": "bad-choice",
		"/v1/search?collection=gifts-under-30":                 "unknown-parameter",
	} {
		if w := s.ask(t, "GET", target, ""); codeIn(w) != want {
			t.Errorf("GET %s = %d %s", target, w.Code, w.Body)
		}
	}
	shown, err := s.api.DB.Read().Catalog.Collection(ctx, "gifts-under-30")
	if err != nil {
		t.Fatal(err)
	}
	shown.Slug, shown.Version = "small-gifts", shown.Version+1
	if err := s.api.DB.InTx(ctx, func(tx store.Stores) error { return tx.Catalog.PutCollection(ctx, shown) }); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"/v1/collections/gifts-under-30": "/v1/collections/small-gifts", "/v1/products?collection=gifts-under-30": "/v1/products?collection=small-gifts"} {
		if w := s.ask(t, "GET", target, ""); w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != want {
			t.Errorf("GET %s = %d to %s", target, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestAScheduledPriceIsShownWithTheFormerOne(t *testing.T) {
	s, err := newShop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	err = s.api.DB.InTx(ctx, func(tx store.Stores) error {
		sale := catalog.Schedule{ID: "00000000-0000-7000-8000-00000000dddd", SKU: "MU01-ALMA-SAND", CompareAt: 2090, StartsAt: noon, Note: "for nobody to read"}
		sale.Price.Minor, sale.Price.Currency = 1234, "EUR"
		product, err := tx.Catalog.AddSchedule(ctx, sale)
		if err != nil {
			return err
		}
		_, _, err = tx.Catalog.Relist(ctx, product, noon, false)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w := s.ask(t, "GET", "/v1/products/almanac-mug", "")
	if body := w.Body.String(); !strings.Contains(body, `"price":{"minor":1234,"currency":"EUR"},"compare_at":{"minor":2090,"currency":"EUR"}`) || strings.Contains(body, "nobody") {
		t.Errorf("the product is %s", body)
	}
	id, tok := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":2}`)
	if w := s.ask(t, "GET", "/v1/carts/"+id, "", "Cart-Token", tok); !strings.Contains(w.Body.String(), `"minor":2468`) {
		t.Errorf("the cart is %s", w.Body)
	}
}
