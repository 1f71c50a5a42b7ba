package merchandising

import (
	"context"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Translate replaces the texts of a product, category or collection of that
// version in one locale; the thing has its next version then. Empty texts
// remove them. The search index keeps the shop's own language. Errors have the
// codes "unknown-locale", "texts-invalid", and those of what is not found.
func (e *Editor) Translate(ctx context.Context, by string, noun catalog.Noun, id string, version int64, locale string, texts catalog.Texts) error {
	if !catalog.Locale(locale) {
		return catalog.UnknownLocale(locale)
	}
	if err := texts.Check(noun); err != nil {
		return err
	}
	return e.DB.InTx(ctx, func(tx store.Stores) error {
		if err := e.revise(ctx, tx, noun, id, version); err != nil {
			return err
		}
		old, err := tx.Catalog.Texts(ctx, noun, locale, []string{id})
		if err != nil {
			return err
		}
		if err := tx.Catalog.PutTexts(ctx, noun, id, locale, texts); err != nil {
			return err
		}
		return e.record(ctx, tx, by, string(noun)+".translate", id, textFields(locale, old[id]), textFields(locale, texts))
	})
}

// revise gives the thing its next version, and holds it.
func (e *Editor) revise(ctx context.Context, tx store.Stores, noun catalog.Noun, id string, version int64) error {
	switch noun {
	case catalog.NounProduct:
		p, err := tx.Catalog.Hold(ctx, id)
		if err == nil && p.Version != version {
			err = catalog.ChangedMeanwhile("product " + p.Slug)
		}
		if err != nil {
			return err
		}
		return relist(ctx, tx, id, e.Now(), true)
	case catalog.NounCategory:
		c, err := categoryAt(ctx, tx, id, version)
		if err != nil {
			return err
		}
		c.Version++
		if err := tx.Catalog.PutCategory(ctx, c); err != nil {
			return err
		}
		return tx.Outbox.Add(ctx, catalog.EventCategoryChanged(id, c.Version, e.Now()))
	case catalog.NounCollection:
		c, err := collectionAt(ctx, tx, id, version)
		if err != nil {
			return err
		}
		c.Version++
		return tx.Catalog.PutCollection(ctx, c)
	}
	return fault.Field("texts-invalid", "noun", "%q has no texts in other languages", noun)
}

func textFields(locale string, texts catalog.Texts) map[string]any {
	f := map[string]any{}
	for field, text := range texts {
		f[locale+" "+field] = text
	}
	return f
}
