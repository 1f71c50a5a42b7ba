package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

var (
	categoryAll = statement("category.all", `SELECT id, parent_id, slug, title, position, status, description, image, seo_title, seo_description, version
		FROM category ORDER BY parent_id, position, id`)

	attributeDefAll = statement("attribute_def.all", `SELECT category_id, name, label, kind, unit, min_milli, max_milli, choices, required, facet, position
		FROM attribute_def ORDER BY category_id, position, name`)

	categoryLock   = statement("category.lock", `SELECT slug, version FROM category WHERE id = :id FOR UPDATE`)
	categoryUpdate = statement("category.update", `UPDATE category SET slug = :slug, title = :title, position = :position, status = :status, description = :description,
		image = :image, seo_title = :seo_title, seo_description = :seo_description, version = :version WHERE id = :id`)
	categoryInsert = statement("category.insert", `INSERT INTO category (id, parent_id, slug, title, position, status, description, image, seo_title, seo_description, version)
		VALUES (:id, :parent_id, :slug, :title, :position, :status, :description, :image, :seo_title, :seo_description, :version)`)

	attributeDefDelete = statement("attribute_def.delete", `DELETE FROM attribute_def WHERE category_id = :category_id`)
	attributeDefInsert = statement("attribute_def.insert", `INSERT INTO attribute_def (category_id, name, label, kind, unit, min_milli, max_milli, choices, required, facet, position)
		VALUES (:category_id, :name, :label, :kind, :unit, :min_milli, :max_milli, :choices, :required, :facet, :position)`)
)

func (s catalogs) Categories(ctx context.Context) ([]catalog.Category, error) {
	all, err := collect(ctx, s.h, categoryAll, func(r scanner) (c catalog.Category, err error) {
		return c, r.Scan(&c.ID, &c.ParentID, &c.Slug, &c.Title, &c.Position, &c.Status, &c.Description, &c.Image, &c.SEO.Title, &c.SEO.Description, &c.Version)
	})
	if err != nil {
		return nil, fail(err, "select categories")
	}
	attributes := map[string][]catalog.AttributeDef{}
	_, err = collect(ctx, s.h, attributeDefAll, func(r scanner) (none struct{}, err error) {
		id, d, err := scanDeclaration(r)
		attributes[id] = append(attributes[id], d)
		return none, err
	})
	if err != nil {
		return nil, fail(err, "select attribute declarations")
	}
	children := map[string][]catalog.Category{}
	for _, c := range all {
		c.Attributes = attributes[c.ID]
		children[c.ParentID] = append(children[c.ParentID], c)
	}
	tree := make([]catalog.Category, 0, len(all))
	var grow func(parent string)
	grow = func(parent string) {
		for _, c := range children[parent] {
			tree = append(tree, c)
			grow(c.ID)
		}
	}
	grow("")
	return tree, nil
}

func scanDeclaration(r scanner) (category string, d catalog.AttributeDef, err error) {
	var least, most sql.NullInt64
	var choices string
	if err := r.Scan(&category, &d.Name, &d.Label, &d.Kind, &d.Unit, &least, &most, &choices, &d.Required, &d.Facet, &d.Position); err != nil {
		return "", d, err
	}
	if least.Valid {
		d.Min = &least.Int64
	}
	if most.Valid {
		d.Max = &most.Int64
	}
	if choices != "" {
		err = json.Unmarshal([]byte(choices), &d.Choices)
	}
	return category, d, err
}

func (s catalogs) PutCategory(ctx context.Context, c catalog.Category) error {
	if c.Status == "" {
		c.Status = catalog.Shown
	}
	var slug string
	var version int64
	err := s.h.row(ctx, categoryLock, bind("id", c.ID)).Scan(&slug, &version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fail(err, "take hold of category %s", c.Slug)
	}
	if c.Version == 0 {
		c.Version = version + 1
	}
	args := []sql.NamedArg{bind("id", c.ID), bind("slug", c.Slug), bind("title", c.Title), bind("position", c.Position), bind("status", string(c.Status)),
		bind("description", c.Description), bind("image", c.Image), bind("seo_title", c.SEO.Title), bind("seo_description", c.SEO.Description), bind("version", c.Version)}
	switch {
	case version != c.Version-1:
		return catalog.ChangedMeanwhile("category " + c.Slug)
	case version == 0:
		if err := s.mayPlant(ctx, c.ParentID); err != nil {
			return err
		}
		_, err = s.h.exec(ctx, categoryInsert, append(args, bind("parent_id", c.ParentID))...)
	default:
		_, err = s.h.exec(ctx, categoryUpdate, args...)
	}
	switch {
	case codeOf(err) == codeUnique && constraintOf(err) == "category_slug_uk":
		return slugTaken(c.Slug)
	case codeOf(err) == codeUnique:
		return catalog.ChangedMeanwhile("category " + c.Slug)
	case codeOf(err) == codeNoParent:
		return fault.New(fault.Invalid, "category-not-found", "There is no category %s.", c.ParentID).Because(err)
	case err != nil:
		return fail(err, "write category %s", c.Slug)
	}
	if err := s.reslug(ctx, catalog.NounCategory, c.ID, slug, c.Slug); err != nil {
		return err
	}
	return s.declare(ctx, c)
}

// declare replaces the attribute declarations of the category.
func (s catalogs) declare(ctx context.Context, c catalog.Category) error {
	if _, err := s.h.exec(ctx, attributeDefDelete, bind("category_id", c.ID)); err != nil {
		return fail(err, "clear attributes of category %s", c.Slug)
	}
	for _, d := range c.Attributes {
		choices, err := document(d.Choices)
		if err != nil {
			return fmt.Errorf("encode the choices of %s: %w", d.Name, err)
		}
		if _, err := s.h.exec(ctx, attributeDefInsert, bind("category_id", c.ID), bind("name", d.Name), bind("label", d.Label), bind("kind", string(d.Kind)),
			bind("unit", d.Unit), bind("min_milli", pointed(d.Min)), bind("max_milli", pointed(d.Max)), bind("choices", choices),
			bind("required", bit(d.Required)), bind("facet", bit(d.Facet)), bind("position", d.Position)); err != nil {
			return fail(err, "declare attribute %s of category %s", d.Name, c.Slug)
		}
	}
	return nil
}

// pointed turns a nil into NULL.
func pointed(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}
