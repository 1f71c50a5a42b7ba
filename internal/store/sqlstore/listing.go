package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"tradewind/internal/domain/catalog"
)

// A list of products is one of a fixed set of statements: order, first page or
// a later one, with a brand or any, with up to three attributes.
type listingShape struct {
	sort       catalog.Sort
	after      bool
	brand      bool
	attributes int
}

// listingOrders gives each order its ORDER BY, the condition that continues
// after a row, and the range of prices. The first part of a condition lets the
// index start at the row. Where the order is not by price, the range is that of
// the card: the index is then enough, and no other is chosen.
var listingOrders = map[catalog.Sort]struct{ by, after, prices string }{
	catalog.Newest: {`l.created_at DESC, l.product_id DESC`,
		` AND l.created_at <= :at_time AND (l.created_at < :at_time OR l.product_id < :at_id)`, ` AND c.minor BETWEEN :lo AND :hi`},
	catalog.PriceUp: {`l.minor, l.product_id`,
		` AND l.minor >= :at_minor AND (l.minor > :at_minor OR l.product_id > :at_id)`, ` AND l.minor BETWEEN :lo AND :hi`},
	catalog.PriceDown: {`l.minor DESC, l.product_id DESC`,
		` AND l.minor <= :at_minor AND (l.minor < :at_minor OR l.product_id < :at_id)`, ` AND l.minor BETWEEN :lo AND :hi`},
	catalog.ByTitle: {`l.title_key, l.product_id`,
		` AND l.title_key >= :at_title AND (l.title_key > :at_title OR l.product_id > :at_id)`, ` AND c.minor BETWEEN :lo AND :hi`},
}

// cardColumns are those of card c. They end in a hint whether the product is in
// stock: whether a unit is free anywhere, or, where a policy says otherwise,
// what was said of it last.
const cardColumns = `SELECT c.product_id, c.minor, c.created_at, c.slug, c.title, (SELECT b.title FROM brand b WHERE b.id = c.brand_id), c.compare_at_minor, c.image, c.image_alt,
	CASE WHEN EXISTS (SELECT 1 FROM variant v WHERE v.product_id = c.product_id AND ` + variantInStock + `) THEN 1 ELSE 0 END`

// variantInStock is the hint for one variant v.
const variantInStock = `(EXISTS (SELECT 1 FROM stock s WHERE s.sku = v.sku AND s.on_hand > s.reserved)
		AND NOT EXISTS (SELECT 1 FROM stock_policy y JOIN stock_signal g ON g.sku = y.sku WHERE y.sku = v.sku AND g.sold_out = 1)
	OR EXISTS (SELECT 1 FROM stock_policy y LEFT JOIN stock_signal g ON g.sku = y.sku WHERE y.sku = v.sku
		AND (y.tracking <> 'counted' OR y.backorder_limit > 0) AND (g.sold_out IS NULL OR g.sold_out = 0)))`

const listingColumns = cardColumns + ` FROM listing l JOIN product_card c ON c.product_id = l.product_id AND c.currency = l.currency
	WHERE l.category_id = :category AND l.currency = :currency`

var listings = func() map[listingShape]*Statement {
	all := map[listingShape]*Statement{}
	for sort, o := range listingOrders {
		for bits := range 16 {
			shape := listingShape{sort: sort, after: bits&1 != 0, brand: bits&2 != 0, attributes: bits >> 2}
			var b strings.Builder
			b.WriteString(listingColumns + o.prices)
			if shape.brand {
				b.WriteString(` AND c.brand_id = (SELECT b.id FROM brand b WHERE b.title = :brand)`)
			}
			for i := range shape.attributes {
				n := strconv.Itoa(i)
				fmt.Fprintf(&b, ` AND EXISTS (SELECT 1 FROM product_attribute a WHERE a.product_id = l.product_id AND a.name = :name%s
					AND (a.value_text IN (:v%s_0, :v%s_1, :v%s_2, :v%s_3) OR a.value_milli BETWEEN :lo%s AND :hi%s))`, n, n, n, n, n, n, n)
			}
			if shape.after {
				b.WriteString(o.after)
			}
			b.WriteString(` ORDER BY ` + o.by + ` FETCH FIRST :n ROWS ONLY`)
			name := fmt.Sprintf("listing.%s/after=%t/brand=%t/attributes=%d", sort, shape.after, shape.brand, shape.attributes)
			all[shape] = statement(name, b.String())
		}
	}
	return all
}()

func (s catalogs) List(ctx context.Context, f catalog.Filter) ([]catalog.Card, error) {
	shape := listingShape{sort: f.Sort, after: f.After != nil, brand: f.Brand != "", attributes: len(f.Attributes)}
	st, ok := listings[shape]
	if !ok {
		return nil, fmt.Errorf("no statement for a list of shape %+v", shape)
	}
	args := []sql.NamedArg{bind("category", f.CategoryID), bind("currency", f.Currency), bind("lo", f.MinMinor), bind("hi", f.MaxMinor), bind("n", f.Limit)}
	if shape.brand {
		args = append(args, bind("brand", f.Brand))
	}
	for i, a := range f.Attributes {
		n := strconv.Itoa(i)
		values := append([]string(nil), a.Values...)
		for len(values) < catalog.MaxAttributeValues {
			last := "\x01" // no value of an attribute: those have no control characters
			if len(a.Values) > 0 {
				last = a.Values[len(a.Values)-1]
			}
			values = append(values, last)
		}
		args = append(args, bind("name"+n, a.Name), bind("lo"+n, a.MinMilli), bind("hi"+n, a.MaxMilli))
		for j, v := range values {
			args = append(args, bind("v"+n+"_"+strconv.Itoa(j), v))
		}
	}
	if f.After != nil {
		args = append(args, bind("at_id", f.After.ID))
		switch f.Sort {
		case catalog.Newest:
			args = append(args, bind("at_time", f.After.CreatedAt))
		case catalog.ByTitle:
			args = append(args, bind("at_title", f.After.TitleKey))
		default:
			args = append(args, bind("at_minor", f.After.Minor))
		}
	}
	cards, err := collect(ctx, s.h, st, func(r scanner) (catalog.Card, error) { return scanCard(r, f.Currency) }, args...)
	if err != nil {
		return nil, fail(err, "list products of %s", f.CategoryID)
	}
	return cards, nil
}
