package integration

import (
	"strings"
	"testing"
)

// A file comes in over HTTP while the shop is open: the search finds what is
// new, and what is sold out is not shown as in stock.
func TestWhatIsImportedIsFound(t *testing.T) {
	s := openShop(t, nil)
	staff := "Bearer " + s.people(t, "staff", map[string]string{})
	file := `{"title":"Zanzibar lantern","category":["Living","Lamps"],"variants":[{"sku":"ZL-1","stock":3,"prices":{"EUR":"40"}}]}
{"title":"Zanzibar sconce","category":["Living","Lamps"],"variants":[{"sku":"ZS-1","prices":{"EUR":"30"}}]}
{"title":"Zanzibar draft","status":"draft","variants":[{"sku":"ZD-1"}]}
`
	var done struct{ Added, Unchanged, Failed int }
	for range 2 {
		s.ask(t, "POST", "/v1/admin/imports?what=products&format=jsonl", file, "Authorization", staff, "Content-Type", "application/x-ndjson").into(t, &done)
	}
	if done.Added != 0 || done.Unchanged != 3 {
		t.Fatalf("the second time = %+v", done)
	}
	count := func(query string) int {
		var found struct{ Items []struct{ Title string } }
		s.ask(t, "GET", "/v1/search?q=zanzibar"+query, "").into(t, &found)
		return len(found.Items)
	}
	eventually(t, "two of three are for sale", func() bool { return count("") == 2 })
	eventually(t, "one is in stock", func() bool { return count("&in_stock=true") == 1 })
	s.ask(t, "POST", "/v1/admin/imports?what=stock&format=csv", "sku,location,on_hand\nZL-1,main,0\nZS-1,main,5\n", "Authorization", staff, "Content-Type", "text/csv").into(t, &done)
	eventually(t, "the other one is", func() bool {
		out := s.ask(t, "GET", "/v1/search?q=zanzibar&in_stock=true", "")
		return strings.Contains(string(out.body), "sconce") && !strings.Contains(string(out.body), "lantern")
	})
}
