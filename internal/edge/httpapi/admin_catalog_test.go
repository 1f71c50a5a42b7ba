package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tradewind/internal/domain/audit"
	"tradewind/internal/service/merchandising"
)

// makes asks for something new and returns its id and tag.
func (s *shop) makes(t testing.TB, target, body string, headers ...string) (id, tag string) {
	t.Helper()
	w := s.ask(t, "POST", target, body, headers...)
	if w.Code != http.StatusCreated {
		t.Fatalf("POST %s %s = %d %s", target, body, w.Code, w.Body)
	}
	var v struct{ ID string }
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || v.ID == "" {
		t.Fatalf("no id in %s: %v", w.Body, err)
	}
	return v.ID, w.Header().Get("ETag")
}

var counted atomic.Int64

// unique is a word that no other test uses.
func unique() string { return fmt.Sprintf("u%d", counted.Add(1)) }

func productBody(category, slug, sku, status string, minor int) string {
	return fmt.Sprintf(`{"title":"Tide","slug":%q,"category":%q,"status":%q,"variants":[{"sku":%q,"prices":[{"minor":%d,"currency":"EUR"}]}]}`, slug, category, status, sku, minor)
}

func TestAProductFromDraftToArchive(t *testing.T) {
	s := open(t)
	ada, u := s.staff(t, "catalog:read", "catalog:write"), unique()
	category, _ := s.makes(t, "/v1/admin/categories", `{"title":"`+u+`"}`, ada...)
	keyed := append(ada, "Idempotency-Key", "key-of-"+u)
	draft := productBody(category, u, "SKU-"+u, "draft", 1900)
	id, tag := s.makes(t, "/v1/admin/products", draft, keyed...)
	if again, _ := s.makes(t, "/v1/admin/products", draft, keyed...); again != id {
		t.Errorf("asked again under its key, it makes %s beside %s", again, id)
	}
	if w := s.ask(t, "GET", "/v1/products/"+u, ""); w.Code != http.StatusNotFound {
		t.Errorf("a draft is shown to shoppers: %d", w.Code)
	}
	target := "/v1/admin/products/" + id
	w := s.ask(t, "PUT", target, productBody(category, u, "SKU-"+u, "active", 2100), append(ada, "If-Match", tag)...)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"published_at"`) {
		t.Fatalf("activate: %d %s", w.Code, w.Body)
	}
	if shown := s.ask(t, "GET", "/v1/products/"+u, ""); shown.Code != http.StatusOK || !strings.Contains(shown.Body.String(), `2100`) || strings.Contains(shown.Body.String(), "on_hand") {
		t.Errorf("shoppers see %d %s", shown.Code, shown.Body)
	}
	for _, method := range []string{"PUT", "POST"} { // with the tag of before
		path, body := target, productBody(category, u, "SKU-"+u, "draft", 1)
		if method == "POST" {
			path, body = target+"/archive", ""
		}
		if stale := s.ask(t, method, path, body, append(ada, "If-Match", tag)...); stale.Code != http.StatusPreconditionFailed || codeIn(stale) != "changed-meanwhile" {
			t.Errorf("%s %s with an old tag = %d %s", method, path, stale.Code, stale.Body)
		}
	}
	if w = s.ask(t, "POST", target+"/archive", "", append(ada, "If-Match", w.Header().Get("ETag"))...); w.Code != http.StatusOK {
		t.Fatalf("archive: %d %s", w.Code, w.Body)
	}
	if shown := s.ask(t, "GET", "/v1/products/"+id, ""); shown.Code != http.StatusNotFound {
		t.Errorf("what is archived is sold: %d", shown.Code)
	}
	if list := s.ask(t, "GET", "/v1/admin/products?status=archived&sku=SKU-"+u, "", ada...); !strings.Contains(list.Body.String(), id) {
		t.Errorf("staff do not find it: %s", list.Body)
	}
	log, err := s.api.DB.Read().Audit.Newest(t.Context(), id, audit.Record{At: noon.AddDate(1, 0, 0)}, 10)
	if err != nil || len(log) != 3 || !strings.HasPrefix(log[0].Actor, "staff:") {
		t.Errorf("the audit has %v, %v; want three entries", log, err)
	}
}

func TestOfTwoWhoEditOneThingAtOnceOneIsTold(t *testing.T) {
	s := open(t)
	ada, u := s.staff(t, "catalog:write"), unique()
	category, categoryTag := s.makes(t, "/v1/admin/categories", `{"title":"`+u+`"}`, ada...)
	product, productTag := s.makes(t, "/v1/admin/products", productBody(category, u, "SKU-"+u, "active", 100), ada...)
	brand, brandTag := s.makes(t, "/v1/admin/brands", `{"name":"`+u+`"}`, ada...)
	collection, collectionTag := s.makes(t, "/v1/admin/collections", `{"title":"`+u+`","rule":{"conditions":[]}}`, ada...)
	for _, c := range []struct{ path, tag, body string }{
		{"/v1/admin/products/" + product, productTag, productBody(category, u, "SKU-"+u, "active", 200)},
		{"/v1/admin/categories/" + category, categoryTag, `{"title":"` + u + ` two"}`},
		{"/v1/admin/brands/" + brand, brandTag, `{"name":"` + u + ` two"}`},
		{"/v1/admin/collections/" + collection, collectionTag, `{"title":"` + u + ` two","rule":{"conditions":[]}}`},
	} {
		var won, told atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch w := s.ask(t, "PUT", c.path, c.body, append([]string{"If-Match", c.tag}, ada...)...); {
				case w.Code == http.StatusOK:
					won.Add(1)
				case w.Code == http.StatusPreconditionFailed:
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
}

func TestAPreviewOfPricesChangesNothing(t *testing.T) {
	s := open(t)
	ada, u := s.staff(t, "catalog:write", "catalog:read", "prices:write", "prices:read"), unique()
	category, _ := s.makes(t, "/v1/admin/categories", `{"title":"`+u+`"}`, ada...)
	id, tag := s.makes(t, "/v1/admin/products", productBody(category, u, "SKU-"+u, "active", 2000), ada...)
	change := `{"category_id":"` + category + `","currency":"EUR","percent_ppm":-100000,"step":100,"offset":-1,"compare":true}`
	w := s.ask(t, "POST", "/v1/admin/price-changes?dry_run=true", change, ada...)
	if want := `{"items":[{"sku":"SKU-` + u + `","from":{"minor":2000,"currency":"EUR"},"to":{"minor":1799,"currency":"EUR","compare_at":2000}}]}`; w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("preview = %d %s, want %s", w.Code, w.Body, want)
	}
	relist := func() string {
		t.Helper()
		if err := (&merchandising.Relister{DB: s.api.DB, Now: s.api.Now, NewID: s.api.Editor.NewID}).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s.ask(t, "GET", "/v1/admin/products/"+id, "", ada...).Header().Get("ETag")
	}
	if now := relist(); now != tag {
		t.Errorf("after the preview the product has the version %s, not %s", now, tag)
	}
	if w = s.ask(t, "POST", "/v1/admin/price-changes", change, ada...); w.Code != http.StatusAccepted {
		t.Fatalf("change = %d %s", w.Code, w.Body)
	}
	relist()
	if w = s.ask(t, "GET", "/v1/admin/products/"+id, "", ada...); !strings.Contains(w.Body.String(), `"prices":[{"minor":1799,"currency":"EUR","compare_at":2000}]`) {
		t.Errorf("after the change: %s", w.Body)
	}
}

func TestASlugLeadsWhereStaffLetIt(t *testing.T) {
	s := open(t)
	ada, u := s.staff(t, "catalog:write"), unique()
	category, _ := s.makes(t, "/v1/admin/categories", `{"title":"`+u+`"}`, ada...)
	id, _ := s.makes(t, "/v1/admin/products", productBody(category, u, "SKU-"+u, "active", 2000), ada...)
	if w := s.ask(t, "PUT", "/v1/admin/redirects/product/campaign-"+u, `{"target":"`+id+`"}`, ada...); w.Code != http.StatusNoContent {
		t.Fatalf("redirect = %d %s", w.Code, w.Body)
	}
	if w := s.ask(t, "GET", "/v1/products/campaign-"+u, ""); w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != "/v1/products/"+u {
		t.Errorf("the campaign leads to %d %s", w.Code, w.Header().Get("Location"))
	}
}
