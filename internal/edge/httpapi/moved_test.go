package httpapi

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/store"
)

// rename gives the product and its category new slugs.
func (s *shop) rename(t *testing.T, product, product2, category, category2 string) {
	t.Helper()
	ctx := context.Background()
	err := s.api.DB.InTx(ctx, func(tx store.Stores) error {
		p, err := tx.Catalog.BySlug(ctx, product)
		if err != nil {
			return err
		}
		p.Slug, p.Version = product2, p.Version+1
		if err := tx.Catalog.Put(ctx, p); err != nil {
			return err
		}
		list, err := tx.Catalog.Categories(ctx)
		if err != nil {
			return err
		}
		c, _ := catalog.NewTree(list).Find(category)
		c.Slug, c.Version = category2, c.Version+1
		return tx.Catalog.PutCategory(ctx, c)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.api.Forget(t.Context())
}

func TestAnOldSlugIsSentToTheNewOne(t *testing.T) {
	s, err := newShop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.rename(t, "harbour-mug", "harbour-cup/é", "mugs", "cups")
	for target, want := range map[string]string{
		"/v1/products/harbour-mug?currency=USD": "/v1/products/harbour-cup%2F%C3%A9?currency=USD",
		"/v1/categories/mugs":                   "/v1/categories/cups",
		"/v1/products?category=mugs&sort=price": "/v1/products?category=cups&sort=price",
		"/v1/recommendations?category=mugs":     "/v1/recommendations?category=cups",
		"/v1/search?category=mugs&q=a":          "/v1/search?category=cups&q=a",
		"/v1/products/harbour-mug/../../evil":   "",
		"/v1/products/never-there":              "",
		"/v1/products?category=never-there":     "",
		"/v1/categories/never-there":            "",
	} {
		w := s.ask(t, "GET", target, "")
		if want == "" {
			if w.Code != http.StatusNotFound || w.Header().Get("Location") != "" {
				t.Errorf("GET %s = %d to %q", target, w.Code, w.Header().Get("Location"))
			}
			continue
		}
		if w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != want || w.Body.Len() > 0 {
			t.Errorf("GET %s = %d to %q, want %s", target, w.Code, w.Header().Get("Location"), want)
			continue
		}
		if w := s.ask(t, "GET", want, ""); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"mugs"`) {
			t.Errorf("GET %s = %d %.300s", want, w.Code, w.Body)
		}
	}
}
