package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"tradewind/internal/domain/catalog"
)

// Insert writes a table at a time: no row is looked for, since all are new.
func (s catalogs) Insert(ctx context.Context, list []catalog.Product) error {
	list = slices.Clone(list)
	brands := map[string]string{}
	for i, p := range list {
		if p.BrandID != "" || p.Brand == "" {
			continue
		}
		if brands[p.Brand] == "" {
			id, err := s.brandNamed(ctx, p.Brand)
			if err != nil {
				return err
			}
			brands[p.Brand] = id
		}
		list[i].BrandID = brands[p.Brand]
	}
	for _, write := range []func(context.Context, []catalog.Product) error{s.insertProducts, s.insertVariants, s.insertParts, s.insertListing} {
		if err := write(ctx, list); err != nil {
			return err
		}
	}
	return nil
}

func (s catalogs) insertProducts(ctx context.Context, list []catalog.Product) error {
	options, err := documents(list, func(p catalog.Product) []catalog.OptionDef { return p.Options })
	if err != nil {
		return err
	}
	type P = catalog.Product
	_, err = s.h.bulk(ctx, productInsert, column("id", list, func(p P) string { return p.ID }), column("slug", list, func(p P) string { return p.Slug }),
		column("title", list, func(p P) string { return p.Title }), column("description", list, func(p P) string { return p.Description }),
		column("brand_id", list, func(p P) string { return p.BrandID }), column("category_id", list, func(p P) string { return p.CategoryID }),
		column("status", list, func(p P) catalog.Status { return p.Status }), column("tax_class", list, func(p P) string { return p.TaxClass }), bind("options", options),
		column("seo_title", list, func(p P) string { return p.SEO.Title }), column("seo_description", list, func(p P) string { return p.SEO.Description }),
		column("published_at", list, func(p P) time.Time { return p.PublishedAt }), column("version", list, func(p P) int64 { return p.Version }),
		column("created_at", list, func(p P) time.Time { return p.CreatedAt }), column("updated_at", list, func(p P) time.Time { return p.UpdatedAt }))
	if err != nil {
		return fail(err, "insert %d products", len(list))
	}
	_, err = s.h.bulk(ctx, redirectDelete, bind("noun", string(catalog.NounProduct)), column("slug", list, func(p P) string { return p.Slug }))
	return fail(err, "take over the slugs of %d products", len(list))
}

// documents is document for a column.
func documents[R, T any](rows []R, get func(R) []T) ([]string, error) {
	texts := make([]string, len(rows))
	for i, r := range rows {
		var err error
		if texts[i], err = document(get(r)); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// belongs is a variant, or another part, with its product.
type belongs[T any] struct {
	product *catalog.Product
	part    T
}

func parts[T any](list []catalog.Product, of func(catalog.Product) []T) (all []belongs[T]) {
	for i := range list {
		for _, part := range of(list[i]) {
			all = append(all, belongs[T]{&list[i], part})
		}
	}
	return all
}

func ofProduct[T any](list []belongs[T]) sql.NamedArg {
	return column("product_id", list, func(o belongs[T]) string { return o.product.ID })
}

func (s catalogs) insertVariants(ctx context.Context, list []catalog.Product) error {
	type V = belongs[catalog.Variant]
	variants := parts(list, func(p catalog.Product) []catalog.Variant { return p.Variants })
	options, err := documents(variants, func(v V) []catalog.Option { return v.part.Options })
	if err != nil {
		return err
	}
	_, err = s.h.bulk(ctx, variantInsert, column("sku", variants, func(v V) string { return v.part.SKU }), ofProduct(variants),
		column("title", variants, func(v V) string { return v.part.Title }), bind("options", options), column("barcode", variants, func(v V) string { return v.part.Barcode }),
		column("weight_g", variants, func(v V) int64 { return v.part.WeightG }), column("length_mm", variants, func(v V) int64 { return v.part.LengthMM }),
		column("width_mm", variants, func(v V) int64 { return v.part.WidthMM }), column("height_mm", variants, func(v V) int64 { return v.part.HeightMM }),
		column("position", variants, func(v V) int64 { return v.part.Position }))
	if err != nil {
		return fail(err, "insert %d variants", len(variants))
	}
	type price struct {
		sku string
		catalog.Price
	}
	prices := flat(variants, func(v V) (out []price) {
		for _, p := range v.part.Prices {
			out = append(out, price{v.part.SKU, p})
		}
		return out
	})
	minor, compare := column("minor", prices, func(p price) int64 { return p.Minor }), column("compare_at", prices, func(p price) sql.NullInt64 { return or0(p.CompareAt) })
	_, err = s.h.bulk(ctx, priceInsert, column("sku", prices, func(p price) string { return p.sku }), column("currency", prices, func(p price) string { return p.Currency }),
		bind("base_minor", minor.Value), bind("base_compare", compare.Value), minor, compare, bind("changes_at", time.Time{}))
	return fail(err, "insert %d prices", len(prices))
}

func (s catalogs) insertParts(ctx context.Context, list []catalog.Product) error {
	type A = belongs[catalog.Attribute]
	attributes := parts(list, func(p catalog.Product) []catalog.Attribute { return p.Attributes })
	position := make([]int64, len(attributes))
	for i := range attributes {
		for j := i - 1; j >= 0 && attributes[j].product == attributes[i].product; j-- {
			if attributes[j].part.Name == attributes[i].part.Name {
				position[i]++
			}
		}
	}
	_, err := s.h.bulk(ctx, attributeInsert, ofProduct(attributes), column("name", attributes, func(a A) string { return a.part.Name }), bind("position", position),
		column("value_text", attributes, func(a A) string { return a.part.Text }), column("value_milli", attributes, func(a A) (n sql.NullInt64) {
			if a.part.Milli != nil {
				n = sql.NullInt64{Int64: *a.part.Milli, Valid: true}
			}
			return n
		}))
	if err != nil {
		return fail(err, "insert %d attributes", len(attributes))
	}
	tags := parts(list, func(p catalog.Product) []string { return p.Tags })
	if _, err := s.h.bulk(ctx, tagInsert, ofProduct(tags), column("tag", tags, func(t belongs[string]) string { return t.part })); err != nil {
		return fail(err, "insert %d tags", len(tags))
	}
	type M = belongs[catalog.Media]
	media := parts(list, func(p catalog.Product) []catalog.Media { return p.Media })
	place := make([]int64, len(media))
	for i := range media {
		if i > 0 && media[i-1].product == media[i].product {
			place[i] = place[i-1] + 1
		}
	}
	_, err = s.h.bulk(ctx, mediaInsert, ofProduct(media), bind("position", place), column("kind", media, func(m M) string { return m.part.Kind }),
		column("url", media, func(m M) string { return m.part.URL }), column("alt", media, func(m M) string { return m.part.Alt }), column("sku", media, func(m M) string { return m.part.SKU }),
		column("width", media, func(m M) sql.NullInt64 { return or0(m.part.Width) }), column("height", media, func(m M) sql.NullInt64 { return or0(m.part.Height) }))
	return fail(err, "insert %d media", len(media))
}

// insertListing asks once for each category what is above it. New products have
// not been picked for any collection.
func (s catalogs) insertListing(ctx context.Context, list []catalog.Product) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	above := map[string][]string{}
	displays := make([]display, len(list))
	for i, p := range list {
		if p.Status != catalog.Active {
			continue
		}
		places, ok := above[p.CategoryID]
		if !ok {
			if places, err = s.above(ctx, p.CategoryID); err != nil {
				return err
			}
			above[p.CategoryID] = places
		}
		facts := catalog.Facts{Categories: places, InStock: slices.ContainsFunc(p.Variants, func(v catalog.Variant) bool { return v.Available > 0 })}
		displays[i] = displayIn(p, append(slices.Clone(places), belonging(rules, nil, p, facts)...))
	}
	shelves, cards := make([]belongs[shelf], 0, len(list)*4), make([]belongs[card], 0, len(list))
	for i := range list {
		for _, l := range displays[i].shelves {
			shelves = append(shelves, belongs[shelf]{&list[i], l})
		}
		for _, c := range displays[i].cards {
			cards = append(cards, belongs[card]{&list[i], c})
		}
	}
	slices.SortStableFunc(shelves, func(a, b belongs[shelf]) int { // neighbours in the indexes one after the other
		return cmp.Or(a.part.compare(b.part), cmp.Compare(a.part.minor, b.part.minor))
	})
	if err := s.insertShelves(ctx, shelves); err != nil {
		return err
	}
	return s.insertCards(ctx, cards)
}

func (s catalogs) insertShelves(ctx context.Context, rows []belongs[shelf]) error {
	type L = belongs[shelf]
	_, err := s.h.bulk(ctx, listingInsert, column("category_id", rows, func(l L) string { return l.part.category }), column("currency", rows, func(l L) string { return l.part.currency }),
		ofProduct(rows), column("minor", rows, func(l L) int64 { return l.part.minor }), column("title_key", rows, func(l L) string { return l.part.titleKey }),
		column("created_at", rows, func(l L) time.Time { return l.product.CreatedAt }))
	return fail(err, "list products in %d places", len(rows))
}

func (s catalogs) insertCards(ctx context.Context, rows []belongs[card]) error {
	type C = belongs[card]
	_, err := s.h.bulk(ctx, cardInsert, ofProduct(rows), column("currency", rows, func(c C) string { return c.part.currency }),
		column("minor", rows, func(c C) int64 { return c.part.minor }), column("compare_at_minor", rows, func(c C) sql.NullInt64 { return or0(c.part.compareAt) }),
		column("slug", rows, func(c C) string { return c.part.slug }), column("title", rows, func(c C) string { return c.part.title }),
		column("brand_id", rows, func(c C) string { return c.part.brandID }), column("image", rows, func(c C) string { return c.part.image }),
		column("image_alt", rows, func(c C) string { return c.part.alt }), column("created_at", rows, func(c C) time.Time { return c.product.CreatedAt }))
	return fail(err, "write %d cards", len(rows))
}
