package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

func milli(n int64) *int64 { return &n }

func TestAttributesAreHeldAgainstTheirDeclarations(t *testing.T) {
	defs := map[string]AttributeDef{
		"volume":   {Name: "volume", Kind: Number, Unit: "ml", Min: milli(0), Max: milli(5_000_000), Required: true},
		"oiled":    {Name: "oiled", Kind: Boolean},
		"material": {Name: "material", Kind: Choice, Choices: []string{"oak", "teak"}},
		"care":     {Name: "care", Kind: Many, Choices: []string{"hand", "machine"}},
		"finish":   {Name: "finish", Kind: Choice},
		"motto":    {Name: "motto", Kind: Text},
	}
	tests := map[string]struct {
		attributes string // name=text, separated by blanks
		draft      bool
		want       string // the attributes, or the part of the error that helps
	}{
		"a number takes its shortest form":            {"volume=0330.50", false, "volume=330.5"},
		"a number beyond its bounds":                  {"volume=5000.001", false, "at most 5000"},
		"a number below its bounds":                   {"volume=-1", false, "at least 0"},
		"a number that is none":                       {"volume=much", false, "a number with at most three decimals in ml"},
		"a number given twice":                        {"volume=1 volume=2", false, "it takes one value"},
		"what is required is missing":                 {"oiled=true", false, "an active product needs it; write a number"},
		"what is required may wait while it is draft": {"oiled=true", true, "oiled=true"},
		"a boolean":                              {"volume=1 oiled=yes", false, "write true or false"},
		"a choice":                               {"volume=1 material=teak", false, "volume=1 material=teak"},
		"a choice that is not offered":           {"volume=1 material=tin", false, "choose from oak, teak"},
		"a choice with two values":               {"volume=1 material=oak material=teak", false, "it takes one value"},
		"many choices":                           {"volume=1 care=hand care=machine", false, "volume=1 care=hand care=machine"},
		"one of many twice":                      {"volume=1 care=hand care=hand", false, "stands twice"},
		"one of many that is not offered":        {"volume=1 care=none", false, "choose from hand, machine"},
		"a choice without a list takes anything": {"volume=1 finish=waxed", false, "volume=1 finish=waxed"},
		"a text may have several values":         {"volume=1 motto=a motto=b", false, "volume=1 motto=a motto=b"},
		"what nobody declared stays as it is":    {"volume=1 tag=007 tag=007", false, "volume=1 tag=007 tag=007"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var in []Attribute
			for _, field := range strings.Fields(tc.attributes) {
				n, v, _ := strings.Cut(field, "=")
				in = append(in, Attribute{Name: n, Text: v})
			}
			out, err := CheckAttributes(defs, in, !tc.draft)
			if err != nil {
				if fault.Code(err) != "attribute-invalid" || !strings.Contains(err.Error(), tc.want) || strings.Contains(tc.want, "=") {
					t.Errorf("told %v, want %q", err, tc.want)
				}
				return
			}
			var got []string
			for _, a := range out {
				got = append(got, a.Name+"="+a.Text)
				if (a.Milli != nil) != (a.Name == "volume") {
					t.Errorf("%s is kept as a number: %v", a.Name, a.Milli != nil)
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("CheckAttributes = %v, want %q", got, tc.want)
			}
			if again, err := CheckAttributes(defs, out, !tc.draft); err != nil || fmt.Sprint(again[0].Text) != fmt.Sprint(out[0].Text) {
				t.Errorf("a second time = %v, %v", again, err)
			}
		})
	}
}

// shirt is a product that Check has nothing against.
func shirt() Product {
	price := []Price{{Amount: money.Of(1000, "EUR")}}
	return Product{Slug: "shirt", Title: "Shirt", Status: Active, TaxClass: "standard",
		Options: []OptionDef{{"Size", []string{"S", "M"}}, {"Colour", []string{"red", "blue"}}},
		Variants: []Variant{{SKU: "A", Options: []Option{{"Size", "S"}, {"Colour", "red"}}, Prices: price},
			{SKU: "B", Options: []Option{{"Size", "S"}, {"Colour", "blue"}}, Prices: price}}}
}

func TestAProductIsRefusedByTheFieldThatIsWrong(t *testing.T) {
	if err := shirt().Check(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(p *Product)
		want   string // the code and the field
	}{
		"no title":               {func(p *Product) { p.Title = "" }, "product-invalid title"},
		"a slug that is none":    {func(p *Product) { p.Slug = "A b" }, "product-invalid slug"},
		"a control character":    {func(p *Product) { p.Variants[0].Options[0].Value = "\x00" }, "product-invalid text"},
		"an unknown status":      {func(p *Product) { p.Status = "gone" }, "product-invalid status"},
		"active without a price": {func(p *Product) { p.Variants[1].Prices = nil }, "product-invalid price"},
		"draft without a price":  {func(p *Product) { p.Status, p.Variants[1].Prices = Draft, nil }, ""},
		"two prices in one currency": {func(p *Product) {
			p.Variants[0].Prices = append(slices.Clone(p.Variants[0].Prices), p.Variants[0].Prices[0])
		}, "product-invalid price"},
		"no such currency":               {func(p *Product) { p.Variants[0].Prices = []Price{{Amount: money.Of(1, "XYZ")}} }, "product-invalid price"},
		"no variants":                    {func(p *Product) { p.Variants = nil }, "product-invalid variants"},
		"one SKU twice":                  {func(p *Product) { p.Variants[1].SKU = "A" }, "product-invalid sku"},
		"one combination twice":          {func(p *Product) { p.Variants[1].Options = []Option{{"Colour", "red"}, {"Size", "S"}} }, "variant-duplicate variants"},
		"a variant without an option":    {func(p *Product) { p.Variants[1].Options = p.Variants[1].Options[:1] }, "product-invalid options"},
		"a value that is not declared":   {func(p *Product) { p.Variants[1].Options = []Option{{"Size", "XL"}, {"Colour", "red"}} }, "product-invalid options"},
		"one option twice":               {func(p *Product) { p.Options[1].Name = "Size" }, "product-invalid options"},
		"a negative length":              {func(p *Product) { p.Variants[0].LengthMM = -1 }, "product-invalid dimensions"},
		"a picture that is nowhere":      {func(p *Product) { p.Media = []Media{{Kind: "image", URL: ObjectScheme}} }, "product-invalid media"},
		"a picture in the object store":  {func(p *Product) { p.Media = []Media{{Kind: "image", URL: ObjectScheme + "a.jpg"}} }, ""},
		"an empty tag":                   {func(p *Product) { p.Tags = []string{""} }, "product-invalid tags"},
		"variants that nothing declares": {func(p *Product) { p.Options = nil; p.Variants[0].Options, p.Variants[1].Options = nil, nil }, ""},
	} {
		p := shirt()
		tc.change(&p)
		err := p.Check()
		code, field, _ := strings.Cut(tc.want, " ")
		e, _ := err.(*fault.Error)
		if fault.Code(err) != code || field != "" && e.Fields[field] == "" {
			t.Errorf("%s: Check = %v, want %q", name, err, tc.want)
		}
	}
}

func TestARevisionIsPublishedOnceAndDeclaresItsOptions(t *testing.T) {
	first, later := time.Unix(1000, 0), time.Unix(2000, 0)
	p := shirt()
	p.Options, p.Tags, p.Status = []OptionDef{{"Size", []string{"M"}}}, []string{"b", "a", "b"}, Draft
	p = p.Revised(first)
	if !p.PublishedAt.IsZero() || p.Version != 1 || fmt.Sprint(p.Options) != "[{Size [M S]} {Colour [red blue]}]" || !slices.Equal(p.Tags, []string{"a", "b"}) {
		t.Errorf("a draft is revised to %+v", p)
	}
	p.Status = Active
	p = p.Revised(first)
	p = p.Revised(later)
	if !p.PublishedAt.Equal(first) || !p.UpdatedAt.Equal(later) || p.Version != 3 {
		t.Errorf("published %v, updated %v, version %d", p.PublishedAt, p.UpdatedAt, p.Version)
	}
}

func TestHiddenCategoriesTakeWhatIsBelowWithThem(t *testing.T) {
	tree := NewTree([]Category{
		{ID: "1", Slug: "home", Status: Shown, Attributes: []AttributeDef{{Name: "size", Label: "Size"}, {Name: "mood"}}},
		{ID: "2", ParentID: "1", Slug: "attic", Status: Hidden, Attributes: []AttributeDef{{Name: "size", Label: "Height"}}},
		{ID: "3", ParentID: "2", Slug: "trunk", Status: Shown}, {ID: "4", ParentID: "1", Slug: "hall", Status: Shown}})
	var slugs []string
	for _, c := range tree.Visible().List {
		slugs = append(slugs, c.Slug)
	}
	if !slices.Equal(slugs, []string{"home", "hall"}) {
		t.Errorf("visible are %v", slugs)
	}
	if defs := tree.Declared("3"); len(defs) != 2 || defs["size"].Label != "Height" {
		t.Errorf("declared for the trunk: %v; the nearest declaration wins", defs)
	}
	if c, ok := tree.Find("trunk"); !ok || c.ID != "3" || len(tree.Path("3")) != 3 {
		t.Errorf("Find = %+v, %v", c, ok)
	}
}
