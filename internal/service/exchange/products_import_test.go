package exchange_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/store"
)

func TestAFileChangesWhatItSpeaksOfAndKeepsTheRest(t *testing.T) {
	db, s := empty(t)
	file, err := os.ReadFile("testdata/shop.jsonl")
	check(t, err)
	importing(t, s, "products", string(file))
	if _, changed, _, bad := importing(t, s, "products",
		`{"slug":"teak-bowl","title":"Teak bowl, oiled","variants":[{"sku":"TB-1","prices":{"EUR":"41"},"stock":9},{"sku":"TB-2","prices":{"EUR":"12"}}]}`); changed != 1 {
		t.Fatalf("%d changed, %v", changed, bad)
	}
	p, err := db.Read().Catalog.BySlug(t.Context(), "teak-bowl")
	check(t, err)
	v := p.Variants[0]
	if p.Title != "Teak bowl, oiled" || len(p.Variants) != 2 || v.OnHand != 9 || len(v.Prices) != 2 || v.Prices[0].Minor != 4100 || v.Prices[1].Minor != 6400 || p.Version != 2 {
		t.Errorf("the bowl is %+v", p)
	}
	if categories, err := db.Read().Catalog.Categories(t.Context()); err != nil || len(categories) != 3 {
		t.Errorf("%d categories, %v", len(categories), err)
	}
}

// everyField is a product with all that our own format can say.
const everyField = `{"slug":"every-field","title":"Every field","brand":"Cove","category":["Kitchen","Bowls"],"tax_class":"reduced","seo_title":"Buy it","seo_description":"A bowl to buy.",
"tags":["wood","gift"],"options":[{"name":"Size","values":["S","M","L"]}],"attributes":{"volume":300,"note":"007"},
"variants":[{"sku":"EF-M","options":[{"name":"Size","value":"M"}],"weight_g":1,"length_mm":30,"width_mm":20,"height_mm":10,"prices":{"EUR":"1"},"stock":3},
{"sku":"EF-S","options":[{"name":"Size","value":"S"}],"prices":{"EUR":"1"}}],
"media":[{"kind":"video","url":"object:films/a.mp4","alt":"It turns","sku":"EF-M","width":1920,"height":1080}]}`

func TestEveryFieldOfAProductArrivesAndStays(t *testing.T) {
	db, s := empty(t)
	line := strings.ReplaceAll(everyField, "\n", "")
	if added, _, _, bad := importing(t, s, "products", line); added != 1 {
		t.Fatalf("%d added, %v", added, bad)
	}
	p, err := db.Read().Catalog.BySlug(t.Context(), "every-field")
	check(t, err)
	v, m := p.Variants[0], p.Media[0]
	if p.SEO != (catalog.SEO{Title: "Buy it", Description: "A bowl to buy."}) || fmt.Sprint(p.Tags) != "[gift wood]" || fmt.Sprint(p.Options) != "[{Size [S M L]}]" || p.PublishedAt.IsZero() ||
		v.SKU != "EF-M" || v.LengthMM != 30 || v.WidthMM != 20 || v.HeightMM != 10 || m.URL != "object:films/a.mp4" || m.Width != 1920 || m.Height != 1080 || m.Kind != "video" {
		t.Errorf("the product is %+v", p)
	}
	if _, _, unchanged, bad := importing(t, s, "products", line); unchanged != 1 {
		t.Errorf("the second time: %v", bad)
	}
	for from, to := range map[string]string{`"seo_title":"Buy it"`: `"seo_title":"Buy"`, `"wood",`: ``, `"length_mm":30`: `"length_mm":31`, `"S","M","L"`: `"S","M"`, `"width":1920`: `"width":1921`} {
		if _, changed, _, bad := importing(t, s, "products", strings.Replace(line, from, to, 1)); changed != 1 {
			t.Errorf("%s is no difference: %v", to, bad)
		}
		importing(t, s, "products", line)
	}
}

func TestProductsAreHeldAgainstDeclarations(t *testing.T) {
	db, s := empty(t)
	line := strings.ReplaceAll(everyField, "\n", "")
	check(t, db.InTx(t.Context(), func(tx store.Stores) error {
		return tx.Catalog.PutCategory(t.Context(), catalog.Category{ID: "kitchen", Slug: "kitchen", Title: "Kitchen", Attributes: []catalog.AttributeDef{
			{Name: "volume", Label: "Volume", Kind: catalog.Number, Unit: "ml"}, {Name: "note", Label: "Note", Kind: catalog.Choice, Choices: []string{"none"}}}})
	}))
	if _, _, _, bad := importing(t, s, "products", line); len(bad) != 1 || !strings.Contains(bad[0], "attributes.note") || !strings.Contains(bad[0], "choose from none") {
		t.Errorf("an attribute that is not allowed: %v", bad)
	}
	line = strings.Replace(line, `,"note":"007"`, "", 1)
	if _, _, _, bad := importing(t, s, "products", strings.Replace(line, `"value":"S"`, `"value":"M"`, 1)); len(bad) != 1 || !strings.Contains(bad[0], "variants") {
		t.Errorf("two variants that are the same: %v", bad)
	}
	if added, _, _, bad := importing(t, s, "products", line); added != 1 {
		t.Errorf("what is declared: %v", bad)
	}
}
