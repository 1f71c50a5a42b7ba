package merchandising

import (
	"context"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Redirect lets a slug that nothing has lead to a product, category, brand or
// collection. Errors have the codes "not-a-slug", "slug-taken" and "redirect-target".
func (e *Editor) Redirect(ctx context.Context, by string, r catalog.Redirect) error {
	if made := catalog.Slugify(r.Slug); made != r.Slug || made == "" {
		return fault.Field("not-a-slug", "slug", "%q is not a slug; %q would be", r.Slug, made)
	}
	return e.DB.InTx(ctx, func(tx store.Stores) error {
		if err := tx.Catalog.Redirect(ctx, r); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, e.entry(by, "redirect.set", r.TargetID, map[string]any{"noun": r.Noun, "slug": r.Slug}))
	})
}

// EndRedirect lets a slug lead nowhere. The code of the error is "redirect-not-found".
func (e *Editor) EndRedirect(ctx context.Context, by string, noun catalog.Noun, slug string) error {
	return e.DB.InTx(ctx, func(tx store.Stores) error {
		ended, err := tx.Catalog.EndRedirect(ctx, noun, slug)
		if err != nil {
			return err
		}
		if !ended {
			return fault.New(fault.NotFound, "redirect-not-found", "The slug %s of a %s leads nowhere.", slug, noun)
		}
		return tx.Audit.Add(ctx, e.entry(by, "redirect.end", string(noun), map[string]any{"slug": slug}))
	})
}
