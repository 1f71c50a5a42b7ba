package sqlstore

import (
	"context"
	"database/sql"

	"tradewind/internal/domain/catalog"
)

// cardsByID reads cards as a list does, of products known by id.
var cardsByID = listStatement("listing.cards", cardColumns+` FROM product_card c WHERE c.product_id IN (:list) AND c.currency = :currency`)

func (s catalogs) Cards(ctx context.Context, currency string, ids []string) ([]catalog.Card, error) {
	found := make(map[string]catalog.Card, len(ids))
	err := cardsByID.each(ids, func(st *Statement, list []sql.NamedArg) error {
		rows, err := collect(ctx, s.h, st, func(r scanner) (catalog.Card, error) { return scanCard(r, currency) }, append(list, bind("currency", currency))...)
		for _, c := range rows {
			found[c.ID] = c
		}
		return err
	})
	out := make([]catalog.Card, 0, len(found))
	for _, id := range ids {
		if c, ok := found[id]; ok {
			out = append(out, c)
		}
	}
	return out, fail(err, "select %d cards", len(ids))
}

// scanCard reads a row of cardColumns.
func scanCard(r scanner, currency string) (c catalog.Card, err error) {
	var compare sql.NullInt64
	err = r.Scan(&c.ID, &c.Price.Minor, &c.CreatedAt, &c.Slug, &c.Title, &c.Brand, &compare, &c.Image, &c.ImageAlt, &c.InStock)
	c.Price.Currency, c.Price.CompareAt = currency, compare.Int64
	return c, err
}
