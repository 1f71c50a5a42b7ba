package merchandising

import (
	"fmt"
	"slices"

	"tradewind/internal/domain/catalog"
)

// differences says in words how next and the stock of rec differ from old.
func differences(old, next catalog.Product, rec Record) []string {
	var out []string
	text := func(field, a, b string) {
		if a != b {
			out = append(out, fmt.Sprintf("%s: %.60q -> %.60q", field, a, b))
		}
	}
	text("slug", old.Slug, next.Slug)
	text("title", old.Title, next.Title)
	text("description", old.Description, next.Description)
	text("brand", old.Brand, next.Brand)
	text("category", old.CategoryID, next.CategoryID)
	text("status", string(old.Status), string(next.Status))
	text("tax class", old.TaxClass, next.TaxClass)
	if !slices.Equal(attributeTexts(old), attributeTexts(next)) {
		out = append(out, fmt.Sprintf("attributes: %v -> %v", attributeTexts(old), attributeTexts(next)))
	}
	text("seo title", old.SEO.Title, next.SEO.Title)
	text("seo description", old.SEO.Description, next.SEO.Description)
	text("tags", fmt.Sprint(old.Tags), fmt.Sprint(next.Tags))
	text("options", fmt.Sprint(old.Options), fmt.Sprint(next.Options))
	if !slices.Equal(old.Media, next.Media) {
		out = append(out, fmt.Sprintf("media: %d -> %d", len(old.Media), len(next.Media)))
	}
	for _, v := range next.Variants {
		i := slices.IndexFunc(old.Variants, func(have catalog.Variant) bool { return have.SKU == v.SKU })
		if i < 0 {
			out = append(out, "variant "+v.SKU+": new")
			continue
		}
		was := old.Variants[i]
		text(v.SKU+" title", was.Title, v.Title)
		text(v.SKU+" barcode", was.Barcode, v.Barcode)
		text(v.SKU+" weight", fmt.Sprint(was.WeightG), fmt.Sprint(v.WeightG))
		text(v.SKU+" dimensions", dimensions(was), dimensions(v))
		text(v.SKU+" options", fmt.Sprint(was.Options), fmt.Sprint(v.Options))
		text(v.SKU+" prices", prices(was), prices(v))
		text(v.SKU+" position", fmt.Sprint(was.Position), fmt.Sprint(v.Position))
	}
	for _, v := range rec.Variants {
		i := slices.IndexFunc(old.Variants, func(have catalog.Variant) bool { return have.SKU == v.SKU })
		if i >= 0 && v.Stock != nil && old.Variants[i].OnHand != *v.Stock {
			out = append(out, fmt.Sprintf("%s stock: %d -> %d", v.SKU, old.Variants[i].OnHand, *v.Stock))
		}
	}
	return out
}

// attributeTexts lists attributes in a comparable form, by name and then as given.
func attributeTexts(p catalog.Product) []string {
	list := slices.Clone(p.Attributes)
	slices.SortStableFunc(list, func(a, b catalog.Attribute) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	var out []string
	for _, a := range list {
		out = append(out, a.Name+"="+a.Text)
	}
	return out
}

func dimensions(v catalog.Variant) string {
	return fmt.Sprintf("%d x %d x %d", v.LengthMM, v.WidthMM, v.HeightMM)
}

func prices(v catalog.Variant) string {
	s := ""
	for _, p := range v.Prices {
		s += p.Amount.String()
		if p.CompareAt > 0 {
			s += fmt.Sprintf(" (was %d)", p.CompareAt)
		}
		s += " "
	}
	return s
}
