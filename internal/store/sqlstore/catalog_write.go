package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

var (
	productLock   = statement("product.lock", `SELECT slug, version FROM product WHERE id = :id FOR UPDATE`)
	productUpdate = statement("product.update", `UPDATE product SET slug = :slug, title = :title, description = :description, brand_id = :brand_id,
		category_id = :category_id, status = :status, tax_class = :tax_class, options = :options, seo_title = :seo_title, seo_description = :seo_description,
		published_at = :published_at, version = :version, updated_at = :updated_at WHERE id = :id`)
	productInsert = statement("product.insert", `INSERT INTO product (id, slug, title, description, brand_id, category_id, status, tax_class, options,
			seo_title, seo_description, published_at, version, created_at, updated_at)
		VALUES (:id, :slug, :title, :description, :brand_id, :category_id, :status, :tax_class, :options,
			:seo_title, :seo_description, :published_at, :version, :created_at, :updated_at)`)

	variantSKUs   = statement("variant.skus", `SELECT sku FROM variant WHERE product_id = :product_id`)
	variantDelete = statement("variant.delete", `DELETE FROM variant WHERE sku = :sku`)
	variantUpdate = statement("variant.update", `UPDATE variant SET title = :title, options = :options, barcode = :barcode, weight_g = :weight_g,
		length_mm = :length_mm, width_mm = :width_mm, height_mm = :height_mm, position = :position
		WHERE sku = :sku AND product_id = :product_id`)
	variantInsert = statement("variant.insert", `INSERT INTO variant (sku, product_id, title, options, barcode, weight_g, length_mm, width_mm, height_mm, position)
		VALUES (:sku, :product_id, :title, :options, :barcode, :weight_g, :length_mm, :width_mm, :height_mm, :position)`)

	attributeDelete = statement("product_attribute.delete", `DELETE FROM product_attribute WHERE product_id = :product_id`)
	attributeInsert = statement("product_attribute.insert", `INSERT INTO product_attribute (product_id, name, position, value_text, value_milli)
		VALUES (:product_id, :name, :position, :value_text, :value_milli)`)

	tagDelete = statement("product_tag.delete", `DELETE FROM product_tag WHERE product_id = :product_id`)
	tagInsert = statement("product_tag.insert", `INSERT INTO product_tag (product_id, tag) VALUES (:product_id, :tag)`)

	mediaDelete = statement("media.delete", `DELETE FROM media WHERE product_id = :product_id`)
	mediaInsert = statement("media.insert", `INSERT INTO media (product_id, position, kind, url, alt, sku, width, height) VALUES (:product_id, :position, :kind, :url, :alt, :sku, :width, :height)`)
)

func (s catalogs) Put(ctx context.Context, p catalog.Product) error {
	if p.BrandID == "" && p.Brand != "" {
		var err error
		if p.BrandID, err = s.brandNamed(ctx, p.Brand); err != nil {
			return err
		}
	}
	if err := s.putProduct(ctx, p); err != nil {
		return err
	}
	p, err := s.putVariants(ctx, p)
	if err != nil {
		return err
	}
	if err := s.putParts(ctx, p); err != nil {
		return err
	}
	_, err = s.putListing(ctx, p)
	return err
}

// putProduct takes hold of the product's row before anything else of it is written.
func (s catalogs) putProduct(ctx context.Context, p catalog.Product) error {
	options, err := document(p.Options)
	if err != nil {
		return fmt.Errorf("encode options of %s: %w", p.Slug, err)
	}
	args := []sql.NamedArg{bind("id", p.ID), bind("slug", p.Slug), bind("title", p.Title), bind("description", p.Description),
		bind("brand_id", p.BrandID), bind("category_id", p.CategoryID), bind("status", string(p.Status)), bind("tax_class", p.TaxClass), bind("options", options),
		bind("seo_title", p.SEO.Title), bind("seo_description", p.SEO.Description), bind("published_at", p.PublishedAt), bind("version", p.Version), bind("updated_at", p.UpdatedAt)}
	var slug string
	var version int64
	err = s.h.row(ctx, productLock, bind("id", p.ID)).Scan(&slug, &version)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return fail(err, "take hold of product %s", p.ID)
	case version != p.Version-1: // a product that is not there has version 0
		return catalog.ChangedMeanwhile("product " + p.Slug)
	case version == 0:
		_, err = s.h.exec(ctx, productInsert, append(args, bind("created_at", p.CreatedAt))...)
	default:
		_, err = s.h.exec(ctx, productUpdate, args...)
	}
	switch {
	case codeOf(err) == codeUnique && constraintOf(err) == "product_slug_uk":
		return slugTaken(p.Slug)
	case codeOf(err) == codeUnique:
		return catalog.ChangedMeanwhile("product " + p.Slug)
	case codeOf(err) == codeNoParent && constraintOf(err) == "product_brand_fk":
		return fault.New(fault.Invalid, "brand-not-found", "There is no brand %s.", p.BrandID).Because(err)
	case codeOf(err) == codeNoParent:
		return fault.New(fault.Invalid, "category-not-found", "There is no category %s.", p.CategoryID).Because(err)
	case err != nil:
		return fail(err, "write product %s", p.Slug)
	}
	return s.reslug(ctx, catalog.NounProduct, p.ID, slug, p.Slug)
}

// document is v as a JSON column keeps it: "" for an empty list.
func document[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// putVariants returns the product with the prices that hold at its moment.
func (s catalogs) putVariants(ctx context.Context, p catalog.Product) (catalog.Product, error) {
	old, err := collect(ctx, s.h, variantSKUs, func(r scanner) (sku string, err error) { return sku, r.Scan(&sku) }, bind("product_id", p.ID))
	if err != nil {
		return p, fail(err, "select variants of %s", p.ID)
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
			return p, fault.New(fault.Conflict, "variant-in-use", "The variant %s has stock or is in carts; archive its product instead of removing it.", sku).Because(err)
		}
		if err != nil {
			return p, fail(err, "delete variant %s", sku)
		}
	}
	p.Variants = slices.Clone(p.Variants)
	for i, v := range p.Variants {
		if err := s.putVariant(ctx, p.ID, v); err != nil {
			return p, err
		}
		if p.Variants[i], err = s.putPrices(ctx, v, p.UpdatedAt); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (s catalogs) putVariant(ctx context.Context, productID string, v catalog.Variant) error {
	options, err := document(v.Options)
	if err != nil {
		return fmt.Errorf("encode options of %s: %w", v.SKU, err)
	}
	for _, st := range []*Statement{variantUpdate, variantInsert} {
		n, err := s.h.exec(ctx, st, bind("sku", v.SKU), bind("product_id", productID), bind("title", v.Title), bind("options", options),
			bind("barcode", v.Barcode), bind("weight_g", v.WeightG), bind("length_mm", v.LengthMM), bind("width_mm", v.WidthMM), bind("height_mm", v.HeightMM), bind("position", v.Position))
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
	return nil
}

func (s catalogs) putParts(ctx context.Context, p catalog.Product) error {
	of := bind("product_id", p.ID)
	for _, st := range []*Statement{attributeDelete, tagDelete, mediaDelete} {
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
	for _, tag := range p.Tags {
		if _, err := s.h.exec(ctx, tagInsert, of, bind("tag", tag)); err != nil {
			return fail(err, "tag %s", p.Slug)
		}
	}
	for i, m := range p.Media {
		if _, err := s.h.exec(ctx, mediaInsert, of, bind("position", i), bind("kind", m.Kind), bind("url", m.URL), bind("alt", m.Alt), bind("sku", m.SKU),
			bind("width", null(m.Width)), bind("height", null(m.Height))); err != nil {
			return fail(err, "write media %d of %s", i, p.Slug)
		}
	}
	return nil
}
