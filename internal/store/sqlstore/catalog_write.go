package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

var (
	categoryUpdate = statement("category.update", `UPDATE category SET parent_id = :parent_id, slug = :slug, title = :title, position = :position WHERE id = :id`)
	categoryInsert = statement("category.insert", `INSERT INTO category (id, parent_id, slug, title, position) VALUES (:id, :parent_id, :slug, :title, :position)`)

	attributeDefDelete = statement("attribute_def.delete", `DELETE FROM attribute_def WHERE category_id = :category_id`)
	attributeDefInsert = statement("attribute_def.insert", `INSERT INTO attribute_def (category_id, name, label, kind, unit, facet, position)
		VALUES (:category_id, :name, :label, :kind, :unit, :facet, :position)`)

	categoryAbove = statement("category.above", `WITH up (id, parent_id, depth) AS (
			SELECT c.id, c.parent_id, 1 FROM category c WHERE c.id = :id
			UNION ALL
			SELECT c.id, c.parent_id, u.depth + 1 FROM category c JOIN up u ON c.id = u.parent_id WHERE u.depth < 50)
		SELECT id FROM up ORDER BY depth`)

	productUpdate = statement("product.update", `UPDATE product SET slug = :slug, title = :title, description = :description, brand = :brand,
		category_id = :category_id, status = :status, tax_class = :tax_class, version = :version, updated_at = :updated_at WHERE id = :id`)
	productInsert = statement("product.insert", `INSERT INTO product (id, slug, title, description, brand, category_id, status, tax_class, version, created_at, updated_at)
		VALUES (:id, :slug, :title, :description, :brand, :category_id, :status, :tax_class, :version, :created_at, :updated_at)`)

	variantSKUs   = statement("variant.skus", `SELECT sku FROM variant WHERE product_id = :product_id`)
	variantDelete = statement("variant.delete", `DELETE FROM variant WHERE sku = :sku`)
	variantUpdate = statement("variant.update", `UPDATE variant SET title = :title, options = :options, barcode = :barcode, weight_g = :weight_g, position = :position
		WHERE sku = :sku AND product_id = :product_id`)
	variantInsert = statement("variant.insert", `INSERT INTO variant (sku, product_id, title, options, barcode, weight_g, position)
		VALUES (:sku, :product_id, :title, :options, :barcode, :weight_g, :position)`)

	priceDelete = statement("price.delete", `DELETE FROM price WHERE sku = :sku`)
	priceInsert = statement("price.insert", `INSERT INTO price (sku, currency, minor, compare_at_minor) VALUES (:sku, :currency, :minor, :compare_at)`)

	attributeDelete = statement("product_attribute.delete", `DELETE FROM product_attribute WHERE product_id = :product_id`)
	attributeInsert = statement("product_attribute.insert", `INSERT INTO product_attribute (product_id, name, position, value_text, value_milli)
		VALUES (:product_id, :name, :position, :value_text, :value_milli)`)

	mediaDelete = statement("media.delete", `DELETE FROM media WHERE product_id = :product_id`)
	mediaInsert = statement("media.insert", `INSERT INTO media (product_id, position, kind, url, alt, sku) VALUES (:product_id, :position, :kind, :url, :alt, :sku)`)

	listingDelete = statement("listing.delete", `DELETE FROM listing WHERE product_id = :product_id`)
	listingInsert = statement("listing.insert", `INSERT INTO listing (category_id, currency, product_id, minor, title_key, brand, created_at)
		VALUES (:category_id, :currency, :product_id, :minor, :title_key, :brand, :created_at)`)
)

func (s catalogs) PutCategory(ctx context.Context, c catalog.Category) error {
	id := bind("id", c.ID)
	rest := []any{c.ParentID, c.Slug, c.Title, c.Position}
	for _, st := range []*Statement{categoryUpdate, categoryInsert} {
		n, err := s.h.exec(ctx, st, id, bind("parent_id", rest[0]), bind("slug", rest[1]), bind("title", rest[2]), bind("position", rest[3]))
		if codeOf(err) == 1 {
			return slugTaken(c.Slug)
		}
		if err != nil {
			return fail(err, "write category %s", c.Slug)
		}
		if n > 0 {
			break
		}
	}
	if _, err := s.h.exec(ctx, attributeDefDelete, bind("category_id", c.ID)); err != nil {
		return fail(err, "clear attributes of category %s", c.Slug)
	}
	for _, d := range c.Attributes {
		if _, err := s.h.exec(ctx, attributeDefInsert, bind("category_id", c.ID), bind("name", d.Name), bind("label", d.Label),
			bind("kind", string(d.Kind)), bind("unit", d.Unit), bind("facet", bit(d.Facet)), bind("position", d.Position)); err != nil {
			return fail(err, "declare attribute %s of category %s", d.Name, c.Slug)
		}
	}
	return nil
}

func slugTaken(slug string) error {
	return fault.New(fault.Conflict, "slug-taken", "The slug %q is taken; choose another.", slug)
}

func (s catalogs) Put(ctx context.Context, p catalog.Product) error {
	if err := s.putProduct(ctx, p); err != nil {
		return err
	}
	if err := s.putVariants(ctx, p); err != nil {
		return err
	}
	if err := s.putParts(ctx, p); err != nil {
		return err
	}
	return s.putListing(ctx, p)
}

func (s catalogs) putProduct(ctx context.Context, p catalog.Product) error {
	n, err := s.h.exec(ctx, productUpdate, bind("id", p.ID), bind("slug", p.Slug), bind("title", p.Title), bind("description", p.Description),
		bind("brand", p.Brand), bind("category_id", p.CategoryID), bind("status", string(p.Status)), bind("tax_class", p.TaxClass),
		bind("version", p.Version), bind("updated_at", p.UpdatedAt))
	if err == nil && n == 0 {
		_, err = s.h.exec(ctx, productInsert, bind("id", p.ID), bind("slug", p.Slug), bind("title", p.Title), bind("description", p.Description),
			bind("brand", p.Brand), bind("category_id", p.CategoryID), bind("status", string(p.Status)), bind("tax_class", p.TaxClass),
			bind("version", p.Version), bind("created_at", p.CreatedAt), bind("updated_at", p.UpdatedAt))
	}
	switch {
	case codeOf(err) == 1 && constraintOf(err) == "product_slug_uk":
		return slugTaken(p.Slug)
	case codeOf(err) == 2291:
		return fault.New(fault.Invalid, "category-not-found", "There is no category %s.", p.CategoryID).Because(err)
	case err != nil:
		return fail(err, "write product %s", p.Slug)
	}
	return nil
}

func (s catalogs) putVariants(ctx context.Context, p catalog.Product) error {
	old, err := collect(ctx, s.h, variantSKUs, func(r scanner) (sku string, err error) { return sku, r.Scan(&sku) }, bind("product_id", p.ID))
	if err != nil {
		return fail(err, "select variants of %s", p.ID)
	}
	keep := map[string]bool{}
	for _, v := range p.Variants {
		keep[v.SKU] = true
	}
	for _, sku := range old {
		if keep[sku] {
			continue
		}
		_, err := s.h.exec(ctx, variantDelete, bind("sku", sku))
		if codeOf(err) == 2292 {
			return fault.New(fault.Conflict, "variant-in-use", "The variant %s has stock or is in carts; archive its product instead of removing it.", sku).Because(err)
		}
		if err != nil {
			return fail(err, "delete variant %s", sku)
		}
	}
	for _, v := range p.Variants {
		if err := s.putVariant(ctx, p.ID, v); err != nil {
			return err
		}
	}
	return nil
}

func (s catalogs) putVariant(ctx context.Context, productID string, v catalog.Variant) error {
	var options []byte
	if len(v.Options) > 0 {
		var err error
		if options, err = json.Marshal(v.Options); err != nil {
			return fmt.Errorf("encode options of %s: %w", v.SKU, err)
		}
	}
	for _, st := range []*Statement{variantUpdate, variantInsert} {
		n, err := s.h.exec(ctx, st, bind("sku", v.SKU), bind("product_id", productID), bind("title", v.Title), bind("options", string(options)),
			bind("barcode", v.Barcode), bind("weight_g", v.WeightG), bind("position", v.Position))
		if codeOf(err) == 1 {
			return fault.New(fault.Conflict, "sku-taken", "The SKU %s belongs to another product.", v.SKU).Because(err)
		}
		if err != nil {
			return fail(err, "write variant %s", v.SKU)
		}
		if n > 0 {
			break
		}
	}
	if _, err := s.h.exec(ctx, priceDelete, bind("sku", v.SKU)); err != nil {
		return fail(err, "clear prices of %s", v.SKU)
	}
	for _, pr := range v.Prices {
		if _, err := s.h.exec(ctx, priceInsert, bind("sku", v.SKU), bind("currency", pr.Currency), bind("minor", pr.Minor), bind("compare_at", null(pr.CompareAt))); err != nil {
			return fail(err, "write price of %s", v.SKU)
		}
	}
	return nil
}

func (s catalogs) putParts(ctx context.Context, p catalog.Product) error {
	of := bind("product_id", p.ID)
	for _, st := range []*Statement{attributeDelete, mediaDelete} {
		if _, err := s.h.exec(ctx, st, of); err != nil {
			return fail(err, "clear parts of %s", p.ID)
		}
	}
	position := map[string]int64{}
	for _, a := range p.Attributes {
		var milli any
		if a.Milli != nil {
			milli = *a.Milli
		}
		if _, err := s.h.exec(ctx, attributeInsert, of, bind("name", a.Name), bind("position", position[a.Name]), bind("value_text", a.Text), bind("value_milli", milli)); err != nil {
			return fail(err, "write attribute %s of %s", a.Name, p.Slug)
		}
		position[a.Name]++
	}
	for i, m := range p.Media {
		if _, err := s.h.exec(ctx, mediaInsert, of, bind("position", i), bind("kind", m.Kind), bind("url", m.URL), bind("alt", m.Alt), bind("sku", m.SKU)); err != nil {
			return fail(err, "write media %d of %s", i, p.Slug)
		}
	}
	return nil
}

// putListing lists an active product under each category above it and under
// catalog.All, once for each currency it has a price in.
func (s catalogs) putListing(ctx context.Context, p catalog.Product) error {
	if _, err := s.h.exec(ctx, listingDelete, bind("product_id", p.ID)); err != nil {
		return fail(err, "clear listing of %s", p.ID)
	}
	if p.Status != catalog.Active {
		return nil
	}
	above, err := collect(ctx, s.h, categoryAbove, func(r scanner) (id string, err error) { return id, r.Scan(&id) }, bind("id", p.CategoryID))
	if err != nil {
		return fail(err, "select categories above %s", p.CategoryID)
	}
	currencies := map[string]bool{}
	for _, v := range p.Variants {
		for _, pr := range v.Prices {
			currencies[pr.Currency] = true
		}
	}
	for currency := range currencies {
		lowest, _ := p.MinPrice(currency)
		for _, category := range append(above, catalog.All) {
			if _, err := s.h.exec(ctx, listingInsert, bind("category_id", category), bind("currency", currency), bind("product_id", p.ID),
				bind("minor", lowest.Minor), bind("title_key", catalog.TitleKey(p.Title)), bind("brand", p.Brand), bind("created_at", p.CreatedAt)); err != nil {
				return fail(err, "list product %s", p.Slug)
			}
		}
	}
	return nil
}
