package integration

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/demo"
)

type cardsAnswer struct {
	Items []struct {
		ID, Slug, Title, Brand string
		Price                  struct{ Minor int64 }
		InStock                bool `json:"in_stock"`
	}
	Total  int64
	Next   string
	Facets []struct {
		Name   string
		Values []struct {
			Value string
			Count int64
		}
	}
}

// walk follows cursors to the end and returns every page's items in a row.
func (s *shop) walk(t *testing.T, path string, q url.Values) cardsAnswer {
	t.Helper()
	var all cardsAnswer
	for range 200 {
		var page cardsAnswer
		a := s.ask(t, "GET", path+"?"+q.Encode(), "")
		if a.status != 200 {
			t.Fatalf("%s?%s = %d %s", path, q.Encode(), a.status, a.body)
		}
		a.into(t, &page)
		all.Items, all.Total = append(all.Items, page.Items...), page.Total
		if page.Next == "" {
			return all
		}
		q.Set("cursor", page.Next)
	}
	t.Fatalf("%s has no end", path)
	return all
}

func TestEverySortIsAWalkThatMeetsEachProductOnceAndInOrder(t *testing.T) {
	s := openShop(t, nil)
	s.indexed(t)
	for _, path := range []string{"/v1/products", "/v1/search"} {
		for _, sort := range []string{"newest", "price", "-price", "title", "relevance"} {
			if path == "/v1/products" && sort == "relevance" || path == "/v1/search" && sort == "title" {
				continue
			}
			t.Run(path+" by "+sort, func(t *testing.T) {
				got := s.walk(t, path, url.Values{"sort": {sort}, "limit": {"37"}})
				seen := map[string]bool{}
				for _, c := range got.Items {
					seen[c.ID] = true
				}
				if len(seen) != len(got.Items) || len(seen) != demo.Own() {
					t.Errorf("%d products on the pages, %d different ones", len(got.Items), len(seen))
				}
				if path == "/v1/search" && int64(len(seen)) != got.Total {
					t.Errorf("walked over %d of %d", len(seen), got.Total)
				}
				sorted := true
				for i := 1; i < len(got.Items); i++ {
					a, b := got.Items[i-1], got.Items[i]
					switch sort {
					case "price":
						sorted = sorted && a.Price.Minor <= b.Price.Minor
					case "-price":
						sorted = sorted && a.Price.Minor >= b.Price.Minor
					case "title":
						sorted = sorted && strings.ToLower(a.Title) <= strings.ToLower(b.Title)
					}
				}
				if !sorted {
					t.Error("the walk is not in order")
				}
			})
		}
	}
}

// indexed waits until the search index holds the whole catalogue.
func (s *shop) indexed(t *testing.T) {
	t.Helper()
	eventually(t, "the index is built", func() bool {
		var found cardsAnswer
		s.ask(t, "GET", "/v1/search?limit=1", "").into(t, &found)
		return found.Total > 0
	})
}

func TestFiltersNarrowAListAndFacetsCountWhatFiltersFind(t *testing.T) {
	s := openShop(t, nil)
	s.indexed(t)
	for _, c := range s.walk(t, "/v1/products", url.Values{"category": {"mugs"}, "price_min": {"1500"}, "price_max": {"2100"}}).Items {
		if c.Price.Minor < 1500 || c.Price.Minor > 2100 || !strings.HasSuffix(c.Slug, "-mug") {
			t.Errorf("%s at %d is not a mug between 1500 and 2100", c.Slug, c.Price.Minor)
		}
	}
	mugs := len(s.walk(t, "/v1/products", url.Values{"category": {"mugs"}}).Items)
	byVolume := len(s.walk(t, "/v1/products", url.Values{"category": {"mugs"}, "attr.volume": {"1..999999"}}).Items)
	if mugs == 0 || byVolume != mugs {
		t.Errorf("%d mugs, %d of them with a volume", mugs, byVolume)
	}
	var found cardsAnswer
	s.ask(t, "GET", "/v1/search?q=lamp&facets=true", "").into(t, &found)
	if found.Total == 0 || len(found.Facets) == 0 {
		t.Fatalf("a search for lamps finds %d with %d facets", found.Total, len(found.Facets))
	}
	checked := 0
	for _, f := range found.Facets {
		for _, v := range f.Values {
			q := url.Values{"q": {"lamp"}}
			switch f.Name {
			case "price":
				least, most, _ := strings.Cut(v.Value, "..")
				q.Set("price_min", least)
				q.Set("price_max", most)
			case "brand", "category":
				q.Set(f.Name, v.Value)
			default:
				q.Set("attr."+f.Name, v.Value)
			}
			var narrowed cardsAnswer
			s.ask(t, "GET", "/v1/search?"+q.Encode(), "").into(t, &narrowed)
			if narrowed.Total != v.Count {
				t.Errorf("facet %s counts %d for %s, filtering by it finds %d", f.Name, v.Count, v.Value, narrowed.Total)
			}
			checked++
		}
	}
	if checked < 10 {
		t.Errorf("only %d facet values", checked)
	}
	var p struct{ Slug string }
	s.ask(t, "GET", "/v1/products/"+found.Items[0].ID, "").into(t, &p)
	if p.Slug != found.Items[0].Slug {
		t.Errorf("product by id has slug %q, want %q", p.Slug, found.Items[0].Slug)
	}
}

func TestACartKeepsWhatIsPutInAndQuotesIt(t *testing.T) {
	s := openShop(t, nil)
	c := s.cart(t, "MU01-ALMA-SAND", 1)
	own := []string{"Cart-Token", c.Token}
	put := func(sku string, qty int) answer {
		return s.ask(t, "PUT", "/v1/carts/"+c.ID+"/items/"+sku, fmt.Sprintf(`{"qty":%d}`, qty), own...)
	}
	put("MU01-ALMA-SAND", 3)
	put("MU01-ALMA-RUST", 2)
	s.ask(t, "PUT", "/v1/carts/"+c.ID+"/codes/welcome10", "", own...)
	s.ask(t, "PUT", "/v1/carts/"+c.ID+"/codes/FREESHIP", "", own...)
	if got := s.ask(t, "PUT", "/v1/carts/"+c.ID+"/codes/NOSUCH", "", own...); got.code() != "promotion-not-found" {
		t.Errorf("a code that does not exist = %d %s", got.status, got.code())
	}
	s.ask(t, "GET", "/v1/carts/"+c.ID, "", own...).into(t, &c)
	if len(c.Items) != 2 || c.Subtotal.Minor != 5*2090 || !slices.Equal(c.Codes, []string{"WELCOME10", "FREESHIP"}) {
		t.Errorf("the cart holds %+v for %d with %v", c.Items, c.Subtotal.Minor, c.Codes)
	}
	for country, want := range map[string]struct {
		inclusive            bool
		shipping, tax, total int64
	}{
		"DE": {true, 0, 1502, 9405}, // 9405 x 19/119, line by line
		"CA": {false, 0, 470, 9875},
	} {
		var q struct {
			Subtotal, Discount, Tax, Total int64
			ShippingCost                   int64 `json:"shipping_cost"`
			TaxInclusive                   bool  `json:"tax_inclusive"`
		}
		s.ask(t, "GET", "/v1/carts/"+c.ID+"/quote?country="+country, "", own...).into(t, &q)
		if q.Subtotal != 10450 || q.Discount != 1045 || q.ShippingCost != want.shipping || q.Total != want.total || q.TaxInclusive != want.inclusive || q.Tax-want.tax > 1 || want.tax-q.Tax > 1 {
			t.Errorf("quote to %s = %+v, want %+v", country, q, want)
		}
	}
	if got := s.ask(t, "GET", "/v1/carts/"+c.ID+"/quote?country=ZZ", "", own...); got.code() != "unknown-country" {
		t.Errorf("quote to a country that is not served = %d %s", got.status, got.code())
	}
	s.ask(t, "DELETE", "/v1/carts/"+c.ID+"/codes/FREESHIP", "", own...)
	s.ask(t, "DELETE", "/v1/carts/"+c.ID+"/items/MU01-ALMA-RUST", "", own...).into(t, &c)
	if len(c.Items) != 1 {
		t.Errorf("after taking one out the cart holds %+v", c.Items)
	}
}

func TestAnAnswerThatTheClientHasIsNotSentAgain(t *testing.T) {
	s := openShop(t, nil)
	c := s.cart(t, "MU01-ALMA-SAND", 1)
	for _, path := range []string{"/v1/categories", "/v1/products?limit=3", "/v1/products/almanac-mug", "/v1/search?q=mug", "/v1/carts/" + c.ID} {
		first := s.ask(t, "GET", path, "", "Cart-Token", c.Token)
		again := s.ask(t, "GET", path, "", "Cart-Token", c.Token, "If-None-Match", `"other", `+first.header.Get("ETag"))
		if again.status != 304 || len(again.body) != 0 {
			t.Errorf("GET %s with its own tag = %d, %d bytes", path, again.status, len(again.body))
		}
	}
}
