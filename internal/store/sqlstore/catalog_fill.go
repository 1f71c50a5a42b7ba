package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
)

// fill reads what belongs to the products: a question for each kind of part,
// however many products there are. Rows come in no order and are sorted here.
func (s catalogs) fill(ctx context.Context, list []catalog.Product) error {
	ids, of := make([]string, len(list)), make(map[string]*catalog.Product, len(list))
	for i := range list {
		ids[i], of[list[i].ID] = list[i].ID, &list[i]
	}
	for _, read := range []func(context.Context, []string, map[string]*catalog.Product) error{s.fillVariants, s.fillAttributes, s.fillMedia, s.fillTags} {
		if err := read(ctx, ids, of); err != nil {
			return err
		}
	}
	return nil
}

// variantRow is a variant with one of its prices, if it has any.
type variantRow struct {
	product string
	v       catalog.Variant
	bundle  bool
	price   *catalog.Price
}

func scanVariant(r scanner) (x variantRow, err error) {
	var options, currency string
	var u units
	var onHand, base, baseCompare, minor, compare sql.NullInt64
	v := &x.v
	if err := r.Scan(&x.product, &v.SKU, &v.Title, &options, &v.Barcode, &v.WeightG, &v.LengthMM, &v.WidthMM, &v.HeightMM, &v.Position, &onHand, &u.Tracking, &u.Backorder, &u.Safety, &u.free,
		&currency, &base, &baseCompare, &minor, &compare); err != nil {
		return x, err
	}
	v.OnHand, v.Available, x.bundle = onHand.Int64, u.promisable(), u.Tracking == inventory.AsBundle
	if minor.Valid {
		x.price = &catalog.Price{CompareAt: baseCompare.Int64}
		x.price.Minor, x.price.Currency = base.Int64, currency
		if minor != base || compare != baseCompare {
			x.price.Sale = &catalog.Sale{Minor: minor.Int64, CompareAt: compare.Int64}
		}
	}
	if options != "" {
		err = json.Unmarshal([]byte(options), &v.Options)
	}
	return x, err
}

func (s catalogs) fillVariants(ctx context.Context, ids []string, of map[string]*catalog.Product) error {
	rows, err := collectIn(ctx, s.h, variantOf, ids, scanVariant)
	if err != nil {
		return fail(err, "select variants of %d products", len(ids))
	}
	slices.SortFunc(rows, func(a, b variantRow) int {
		order := cmp.Or(cmp.Compare(a.product, b.product), cmp.Compare(a.v.Position, b.v.Position), cmp.Compare(a.v.SKU, b.v.SKU))
		if order == 0 {
			order = cmp.Compare(a.price.Currency, b.price.Currency) // two rows of a variant are two prices
		}
		return order
	})
	var bundled []string
	for _, x := range rows {
		p := of[x.product]
		if n := len(p.Variants); n == 0 || p.Variants[n-1].SKU != x.v.SKU {
			p.Variants = append(p.Variants, x.v)
			if x.bundle {
				bundled = append(bundled, x.v.SKU)
			}
		}
		if x.price != nil {
			last := &p.Variants[len(p.Variants)-1]
			last.Prices = append(last.Prices, *x.price)
		}
	}
	if len(bundled) == 0 {
		return nil
	}
	whole, err := stocks(s).whole(ctx, bundled)
	for _, p := range of {
		for i, v := range p.Variants {
			if n, ok := whole[v.SKU]; ok {
				p.Variants[i].Available = n
			}
		}
	}
	return err
}

// partRow is a part of a product with where it stands among its like.
type partRow[T any] struct {
	product  string
	position int64
	part     T
}

func sorted[T any](rows []partRow[T], like func(a, b T) int) []partRow[T] {
	slices.SortFunc(rows, func(a, b partRow[T]) int {
		return cmp.Or(cmp.Compare(a.product, b.product), like(a.part, b.part), cmp.Compare(a.position, b.position))
	})
	return rows
}

func (s catalogs) fillAttributes(ctx context.Context, ids []string, of map[string]*catalog.Product) error {
	rows, err := collectIn(ctx, s.h, attributeOf, ids, func(r scanner) (x partRow[catalog.Attribute], err error) {
		var milli sql.NullInt64
		err = r.Scan(&x.product, &x.position, &x.part.Name, &x.part.Text, &milli)
		if milli.Valid {
			x.part.Milli = &milli.Int64
		}
		return x, err
	})
	for _, x := range sorted(rows, func(a, b catalog.Attribute) int { return cmp.Compare(a.Name, b.Name) }) {
		of[x.product].Attributes = append(of[x.product].Attributes, x.part)
	}
	return fail(err, "select attributes of %d products", len(ids))
}

func (s catalogs) fillMedia(ctx context.Context, ids []string, of map[string]*catalog.Product) error {
	rows, err := collectIn(ctx, s.h, mediaOf, ids, func(r scanner) (x partRow[catalog.Media], err error) {
		var width, height sql.NullInt64
		err = r.Scan(&x.product, &x.position, &x.part.Kind, &x.part.URL, &x.part.Alt, &x.part.SKU, &width, &height)
		x.part.Width, x.part.Height = width.Int64, height.Int64
		return x, err
	})
	for _, x := range sorted(rows, func(catalog.Media, catalog.Media) int { return 0 }) {
		of[x.product].Media = append(of[x.product].Media, x.part)
	}
	return fail(err, "select media of %d products", len(ids))
}

func (s catalogs) fillTags(ctx context.Context, ids []string, of map[string]*catalog.Product) error {
	rows, err := collectIn(ctx, s.h, tagsOf, ids, func(r scanner) (x partRow[string], err error) {
		return x, r.Scan(&x.product, &x.part)
	})
	for _, x := range sorted(rows, func(a, b string) int { return cmp.Compare(a, b) }) {
		of[x.product].Tags = append(of[x.product].Tags, x.part)
	}
	return fail(err, "select tags of %d products", len(ids))
}
