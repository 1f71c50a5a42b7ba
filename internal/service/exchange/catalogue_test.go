package exchange_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/exchange"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store/sqlstore"
)

// told is the demo shop with all that its catalogue can hold besides: texts in
// other languages, places by hand, declarations of every kind, prices for a time.
func told(t testing.TB, db *sqlstore.DB) {
	t.Helper()
	ctx, e, read := t.Context(), &merchandising.Editor{DB: db, Now: now, NewID: ident.New}, db.Read()
	p, err := read.Catalog.Get(ctx, "almanac-mug")
	check(t, err)
	b, err := read.Catalog.Brand(ctx, p.BrandID)
	check(t, err)
	b.Logo = "/media/=logo.svg"
	_, err = e.UpdateBrand(ctx, "ada", b)
	check(t, err)
	least, most := int64(-1500), int64(2_000_000)
	room, err := e.CreateCategory(ctx, "ada", catalog.Category{Slug: "rooms", Title: "Rooms, \"all\" of them", Status: catalog.Hidden, Position: 7, Description: "Two\nlines", SEO: catalog.SEO{Title: "+rooms"},
		Attributes: []catalog.AttributeDef{{Name: "height", Label: "Height", Kind: catalog.Number, Unit: "mm", Min: &least, Max: &most, Facet: true, Position: 3},
			{Name: "finish", Label: "Finish", Kind: catalog.Many, Choices: []string{"a,b", "=c"}, Required: true, Position: 1}, {Name: "note", Label: "Note", Kind: catalog.Text}}})
	check(t, err)
	_, err = e.CreateCategory(ctx, "ada", catalog.Category{Slug: "attic", Title: "Attic", ParentID: room.ID})
	check(t, err)
	gifts, err := e.CreateCollection(ctx, "ada", catalog.Collection{Slug: "aboard", Title: "Aboard", Rule: catalog.Rule{Any: true, Conditions: []catalog.Condition{
		{Subject: catalog.ByCategory, Values: []string{room.ID, p.CategoryID}}, {Subject: catalog.ByBrand, Values: []string{p.BrandID, "01890a5d-ac96-774b-bcce-b302099a8057"}},
		{Subject: catalog.BySince, Since: noon}, {Subject: catalog.ByStock}}}})
	check(t, err)
	for after, n := "", 0; n < 2; n++ { // more than a page
		list, err := read.Catalog.Page(ctx, after, 150)
		check(t, err)
		for i, q := range list {
			check(t, e.PickProduct(ctx, "ada", gifts.ID, q.ID, []catalog.Pick{catalog.Pinned, catalog.Excluded}[i%2]))
		}
		after = list[len(list)-1].ID
	}
	for _, locale := range []string{"de", "de-AT"} {
		room.Version++
		check(t, e.Translate(ctx, "ada", catalog.NounCategory, room.ID, room.Version-1, locale, catalog.Texts{"title": "Zimmer", "choice:finish==c": "=c auf " + locale}))
		gifts.Version++
		check(t, e.Translate(ctx, "ada", catalog.NounCollection, gifts.ID, gifts.Version-1, locale, catalog.Texts{"title": "An Bord"}))
		p, err := read.Catalog.Load(ctx, p.ID)
		check(t, err)
		check(t, e.Translate(ctx, "ada", catalog.NounProduct, p.ID, p.Version, locale, catalog.Texts{"title": "Almanachbecher", "description": "Zeile\nZeile", "variant:" + p.Variants[0].SKU: "@Sand"}))
	}
	for i, group := range []string{"", "wholesale"} {
		_, err := e.SchedulePrice(ctx, "ada", catalog.Schedule{SKU: p.Variants[0].SKU, Price: money.Of(999, "EUR"), CompareAt: 1999, Group: group, Note: "-week",
			StartsAt: noon.Add(time.Duration(i-1) * time.Hour), EndsAt: noon.AddDate(0, 1, 0)})
		check(t, err)
	}
}

// importing brings a file of JSON lines in and returns what was refused.
func importing(t testing.TB, s *exchange.Service, what, file string) (added, changed, unchanged int64, bad []string) {
	t.Helper()
	run, err := s.Import(t.Context(), strings.NewReader(file), exchange.Import{What: what, Format: "jsonl", Hash: make([]byte, 32), Actor: "ada", Category: "Imported",
		Bad: func(e exchange.RowError) { bad = append(bad, e.Error()) }})
	check(t, err)
	return run.Counts.Added, run.Counts.Changed, run.Counts.Unchanged, bad
}

// Staff change the catalogue by file: what is there is found by its slug, else by its id.
func TestTheCatalogueIsChangedByFile(t *testing.T) {
	db, s := empty(t)
	const room = "01890a5d-ac96-774b-bcce-b302099a8057"
	for _, step := range []struct {
		what, file string
		want       [3]int64
		bad        string
	}{
		{"categories", `{"id":"` + room + `","slug":"rooms","title":"Rooms","attributes":[{"name":"height","label":"Height","kind":"number"}]}` + "\n" + `{"slug":"attic","title":"Attic","parent":"rooms"}`, [3]int64{2, 0, 0}, ""},
		{"categories", `{"slug":"rooms","title":"Rooms"}` + "\n" + `{"slug":"attic","title":"Attic","parent":"rooms"}`, [3]int64{0, 0, 2}, ""},
		{"categories", `{"slug":"attic","title":"Loft"}` + "\n" + `{"id":"` + room + `","slug":"chambers","title":"Rooms"}`, [3]int64{0, 2, 0}, ""},
		{"categories", `{"slug":"chambers","title":"Rooms","parent":"attic","attributes":[]}`, [3]int64{0, 1, 0}, ""},
		{"categories", `{"slug":"attic","title":"Loft","parent":"chambers"}`, [3]int64{}, "category-cycle"},
		{"categories", `{"slug":"x","title":"X","parent":"nowhere"}`, [3]int64{}, "(parent): there is no category nowhere"},
		{"categories", `{"slug":"x","title":"X","id":"7"}`, [3]int64{}, "(id)"},
		{"categories", `{"slug":"X Y","title":"X"}`, [3]int64{}, "(slug)"},
		{"categories", `{"slug":"x","title":"X","attributes":[{"name":"n","label":"N","kind":"number","min":"much"}]}`, [3]int64{}, "(attributes)"},
		{"brands", `{"slug":"gull","name":"Gull"}`, [3]int64{1, 0, 0}, ""},
		{"brands", `{"slug":"gull","name":"Gull & Sons","logo":"/media/g.svg"}`, [3]int64{0, 1, 0}, ""},
		{"brands", `{"slug":"other","name":"Gull & Sons"}`, [3]int64{}, "brand-taken"},
		{"products", `{"title":"Mug","category":["Loft"],"brand":"Gull & Sons","variants":[{"sku":"MUG","prices":{"EUR":"9"}}]}`, [3]int64{1, 0, 0}, ""},
		{"collections", `{"slug":"gifts","title":"Gifts","rule":{"conditions":[{"subject":"brand","values":["gull"]}]}}` + "\n" + `{"slug":"gifts","product":"mug","pick":"pin"}`, [3]int64{2, 0, 0}, ""},
		{"collections", `{"slug":"gifts","product":"mug","pick":"exclude"}` + "\n" + `{"slug":"gifts","product":"mug"}` + "\n" + `{"slug":"gifts","product":"mug"}`, [3]int64{0, 2, 1}, ""},
		{"collections", `{"slug":"gifts","title":"Gifts","rule":{"conditions":[{"subject":"brand","values":["gul"]}]}}`, [3]int64{}, "there is no brand gul"},
		{"collections", `{"slug":"gifts","product":"mugs","pick":"pin"}`, [3]int64{}, "product-not-found"},
		{"collections", `{"slug":"gifts","product":"mug","pick":"both"}`, [3]int64{}, "(pick)"},
		{"texts", `{"noun":"product","slug":"mug","locale":"de","texts":{"title":"Becher"}}` + "\n" + `{"noun":"product","slug":"mug","locale":"fr","texts":{"title":"Gobelet"}}`, [3]int64{2, 0, 0}, ""},
		{"texts", `{"noun":"product","slug":"mug","locale":"de","texts":{"title":"Tasse"}}` + "\n" + `{"noun":"product","slug":"mug","locale":"fr","texts":{}}`, [3]int64{0, 2, 0}, ""},
		{"texts", `{"noun":"product","slug":"mug","locale":"German","texts":{"title":"Tasse"}}`, [3]int64{}, "(locale)"},
		{"texts", `{"noun":"product","slug":"mug","locale":"de","texts":{"price":"1"}}`, [3]int64{}, "(texts)"},
		{"texts", `{"noun":"brand","slug":"gull","locale":"de","texts":{"title":"1"}}`, [3]int64{}, "(noun)"},
		{"texts", `{"noun":"collection","slug":"mug","locale":"de","texts":{"title":"1"}}`, [3]int64{}, "there is no collection mug"},
	} {
		added, changed, unchanged, bad := importing(t, s, step.what, step.file)
		if got := [3]int64{added, changed, unchanged}; got != step.want || (step.bad == "") != (len(bad) == 0) || !strings.Contains(fmt.Sprint(bad), step.bad) {
			t.Errorf("%s %s\n= %v %v, want %v %s", step.what, step.file, got, bad, step.want, step.bad)
		}
	}
	out := export(t, s, exchange.Export{What: "categories", Format: "jsonl"})
	if lines := strings.Split(out, "\n"); !strings.Contains(lines[0], `"slug":"attic","title":"Loft"`) || !strings.Contains(lines[1], room+`","slug":"chambers","title":"Rooms","parent":"attic","status":"active"}`) {
		t.Errorf("the tree is\n%s", out)
	}
	if out := export(t, s, exchange.Export{What: "texts", Format: "jsonl"}); out != `{"noun":"product","slug":"mug","locale":"de","texts":{"title":"Tasse"}}`+"\n" {
		t.Errorf("the texts are\n%s", out)
	}
	sound(t, db)
}

func TestADryRunOfTheCatalogueChangesNothing(t *testing.T) {
	db, s := empty(t)
	_, err := s.Import(t.Context(), strings.NewReader(`{"slug":"rooms","title":"Rooms"}`), exchange.Import{What: "categories", Format: "jsonl", Hash: make([]byte, 32), Actor: "ada", DryRun: true})
	check(t, err)
	if list, err := db.Read().Catalog.Categories(t.Context()); err != nil || slices.ContainsFunc(list, func(c catalog.Category) bool { return c.Slug == "rooms" }) {
		t.Errorf("= %v, %v", list, err)
	}
}
