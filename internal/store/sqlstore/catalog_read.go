package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

// catalogs keeps brand, category and category_guard, attribute_def, product,
// variant, price, price_schedule, price_change and its items, product_attribute,
// product_tag, media, collection and collection_pick, listing, slug_redirect,
// translation and catalog_task.
type catalogs struct{ h handle }

var (
	productActiveByID = statement("product.active_by_id", productColumns+` WHERE p.id = :id AND p.status = 'active'`)

	productActiveBySlug = statement("product.active_by_slug", productColumns+` WHERE p.slug = :slug AND p.status = 'active'`)

	productByID = statement("product.by_id", productColumns+` WHERE p.id = :id`)

	productBySlug = statement("product.by_slug", productColumns+` WHERE p.slug = :slug`)

	productPage = statement("product.page", productColumns+` WHERE p.id > :after_id ORDER BY p.id FETCH FIRST :n ROWS ONLY`)

	productRevisions = statement("product.revisions", `SELECT p.id, p.version, p.status FROM product p WHERE p.id > :after_id ORDER BY p.id FETCH FIRST :n ROWS ONLY`)

	productByIDs   = listStatement("product.by_ids", productColumns+` WHERE p.id IN (:list)`)
	productBySlugs = listStatement("product.by_slugs", productColumns+` WHERE p.slug IN (:list)`)
	ownerOf        = listStatement("variant.owners", `SELECT product_id FROM variant WHERE sku IN (:list)`)

	productStamp = statement("product.stamp", `SELECT id, updated_at FROM product ORDER BY updated_at DESC, id DESC FETCH FIRST 1 ROWS ONLY`)

	variantOf = listStatement("variant.fill", `SELECT v.product_id, v.sku, v.title, v.options, v.barcode, v.weight_g, v.length_mm, v.width_mm, v.height_mm, v.position,
			(SELECT SUM(s.on_hand) FROM stock s WHERE s.sku = v.sku AND s.location_id = 'main'), `+promisable+`, r.currency, r.base_minor, r.base_compare_minor, r.minor, r.compare_at_minor
		FROM variant v LEFT JOIN stock_policy y ON y.sku = v.sku LEFT JOIN price r ON r.sku = v.sku
		WHERE v.product_id IN (:list)`)

	attributeOf = listStatement("product_attribute.fill", `SELECT product_id, position, name, value_text, value_milli FROM product_attribute WHERE product_id IN (:list)`)

	mediaOf = listStatement("media.fill", `SELECT product_id, position, kind, url, alt, sku, width, height FROM media WHERE product_id IN (:list)`)

	tagsOf = listStatement("product_tag.fill", `SELECT product_id, tag FROM product_tag WHERE product_id IN (:list)`)

	sellableBySKU = listStatement("variant.sellable", `SELECT v.sku, p.id, p.slug, p.title, v.title, p.tax_class, v.weight_g, COALESCE(g.minor, e.minor, r.base_minor),
			`+promisable+`, (SELECT k.image FROM product_card k WHERE k.product_id = p.id AND k.currency = :currency)
		FROM variant v
		JOIN product p ON p.id = v.product_id
		JOIN price r ON r.sku = v.sku AND r.currency = :currency
		LEFT JOIN price_schedule e ON e.sku = v.sku AND e.currency = :currency AND e.customer_group = '*' AND e.starts_at <= :at_time AND e.ends_at > :at_time
		LEFT JOIN price_schedule g ON g.sku = v.sku AND g.currency = :currency AND g.customer_group = :customer_group AND g.starts_at <= :at_time AND g.ends_at > :at_time
		LEFT JOIN stock_policy y ON y.sku = v.sku
		WHERE v.sku IN (:list) AND p.status = 'active'`)

	listingCategories = statement("listing.categories", `SELECT category_id FROM listing WHERE product_id = :product_id AND currency = :currency`)
)

// promisable are the columns that units are scanned from: the policy y of variant
// v, and what is free of it at active locations.
const promisable = `y.tracking, COALESCE(y.backorder_limit, 0), COALESCE(y.safety, 0),
	(SELECT SUM(s.on_hand - s.reserved) FROM stock s JOIN location w ON w.id = s.location_id WHERE s.sku = v.sku AND w.active = 1)`

// units scans what can be promised of a SKU.
type units struct {
	inventory.Policy
	free sql.NullInt64
}

func (u *units) promisable() int64 { return u.Promisable(u.free.Int64) }

const productColumns = `SELECT p.id, p.slug, p.title, p.description, p.brand_id, (SELECT b.title FROM brand b WHERE b.id = p.brand_id), p.category_id, p.status, p.tax_class,
	p.options, p.seo_title, p.seo_description, p.published_at, p.version, p.created_at, p.updated_at FROM product p`

func scanProduct(r scanner) (p catalog.Product, err error) {
	var options string
	var published sql.NullTime
	err = r.Scan(&p.ID, &p.Slug, &p.Title, &p.Description, &p.BrandID, &p.Brand, &p.CategoryID, &p.Status, &p.TaxClass,
		&options, &p.SEO.Title, &p.SEO.Description, &published, &p.Version, &p.CreatedAt, &p.UpdatedAt)
	if err == nil && options != "" {
		err = json.Unmarshal([]byte(options), &p.Options)
	}
	p.PublishedAt = when(published)
	return p, err
}

// Get takes an id by its shape: 36 characters with a dash at the ninth.
func (s catalogs) Get(ctx context.Context, idOrSlug string) (catalog.Product, error) {
	if len(idOrSlug) == 36 && idOrSlug[8] == '-' {
		p, err := s.one(ctx, productActiveByID, bind("id", idOrSlug))
		if fault.Code(err) != "product-not-found" {
			return p, err
		}
	}
	return s.one(ctx, productActiveBySlug, bind("slug", idOrSlug))
}

func (s catalogs) Load(ctx context.Context, id string) (catalog.Product, error) {
	return s.one(ctx, productByID, bind("id", id))
}

func (s catalogs) BySlug(ctx context.Context, slug string) (catalog.Product, error) {
	return s.one(ctx, productBySlug, bind("slug", slug))
}

func (s catalogs) BySKUs(ctx context.Context, skus []string) ([]catalog.Product, error) {
	return s.Find(ctx, nil, nil, skus)
}

func (s catalogs) Find(ctx context.Context, ids, slugs, skus []string) ([]catalog.Product, error) {
	owners, err := collectIn(ctx, s.h, ownerOf, skus, scanID)
	if err != nil {
		return nil, fail(err, "select owners of %d SKUs", len(skus))
	}
	ids = append(slices.Clone(ids), owners...)
	slices.Sort(ids)
	out, err := collectIn(ctx, s.h, productByIDs, slices.Compact(ids), scanProduct)
	if err != nil {
		return nil, fail(err, "select products")
	}
	more, err := collectIn(ctx, s.h, productBySlugs, slugs, scanProduct)
	if err != nil {
		return nil, fail(err, "select products by slug")
	}
	out = append(out, more...)
	slices.SortFunc(out, func(a, b catalog.Product) int { return strings.Compare(a.ID, b.ID) })
	out = slices.CompactFunc(out, func(a, b catalog.Product) bool { return a.ID == b.ID })
	return out, s.fill(ctx, out)
}

func (s catalogs) one(ctx context.Context, st *Statement, key sql.NamedArg) (catalog.Product, error) {
	p, err := scanProduct(s.h.row(ctx, st, key))
	if errors.Is(err, sql.ErrNoRows) {
		return p, fault.New(fault.NotFound, "product-not-found", "There is no product %v.", key.Value)
	}
	if err != nil {
		return p, fail(err, "select product %v", key.Value)
	}
	one := []catalog.Product{p}
	err = s.fill(ctx, one)
	return one[0], err
}

func (s catalogs) Page(ctx context.Context, after string, n int) ([]catalog.Product, error) {
	if after == "" {
		after = "0"
	}
	page, err := collect(ctx, s.h, productPage, scanProduct, bind("after_id", after), bind("n", n))
	if err != nil {
		return nil, fail(err, "select products after %s", after)
	}
	return page, s.fill(ctx, page)
}

func (s catalogs) Revisions(ctx context.Context, after string, n int) ([]catalog.Revision, error) {
	if after == "" {
		after = "0"
	}
	page, err := collect(ctx, s.h, productRevisions, func(r scanner) (v catalog.Revision, err error) {
		return v, r.Scan(&v.ID, &v.Version, &v.Status)
	}, bind("after_id", after), bind("n", n))
	if err != nil {
		return nil, fail(err, "select revisions after %s", after)
	}
	return page, nil
}

func (s catalogs) Stamp(ctx context.Context) (st catalog.Stamp, err error) {
	err = s.h.row(ctx, productStamp).Scan(&st.LastID, &st.UpdatedAt)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return st, fail(err, "select latest product")
	}
	return st, nil
}

func (s catalogs) Sellables(ctx context.Context, terms catalog.Terms, skus []string) ([]catalog.Sellable, error) {
	out := make([]catalog.Sellable, 0, len(skus))
	seen := map[string]bool{}
	var bundled []string
	err := sellableBySKU.each(skus, func(st *Statement, list []sql.NamedArg) error {
		rows, err := collect(ctx, s.h, st, func(r scanner) (c catalog.Sellable, err error) {
			var variant string
			var u units
			err = r.Scan(&c.SKU, &c.ProductID, &c.Slug, &c.Title, &variant, &c.TaxClass, &c.WeightG, &c.Price.Minor, &u.Tracking, &u.Backorder, &u.Safety, &u.free, &c.Image)
			c.Price.Currency, c.Available = terms.Currency, u.promisable()
			if u.Tracking == inventory.AsBundle {
				bundled = append(bundled, c.SKU)
			}
			if variant != "" {
				c.Title += ", " + variant
			}
			return c, err
		}, append(list, bind("currency", terms.Currency), bind("customer_group", orAll(terms.Group)), bind("at_time", terms.At))...)
		for _, c := range rows {
			if !seen[c.SKU] {
				seen[c.SKU] = true
				out = append(out, c)
			}
		}
		return err
	})
	if err != nil {
		return nil, fail(err, "select sellable variants")
	}
	if len(bundled) == 0 {
		return out, nil
	}
	whole, err := stocks(s).whole(ctx, bundled)
	for i, c := range out {
		if n, ok := whole[c.SKU]; ok {
			out[i].Available = n
		}
	}
	return out, err
}

func (s catalogs) CategoriesOf(ctx context.Context, productID, currency string) ([]string, error) {
	ids, err := collect(ctx, s.h, listingCategories, func(r scanner) (id string, err error) {
		return id, r.Scan(&id)
	}, bind("product_id", productID), bind("currency", currency))
	if err != nil {
		return nil, fail(err, "select categories of product %s", productID)
	}
	return ids, nil
}
