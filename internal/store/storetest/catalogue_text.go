package storetest

import (
	"context"
	"maps"
	"slices"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

func translations(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	p, q := s.sell(t, "TEXT", 1000, 1), s.sell(t, "OTHER", 1000, 1)
	german := catalog.Texts{"title": "Becher", "option:Size": "Größe"}
	translate := func(noun catalog.Noun, id string, version int64, locale string, texts catalog.Texts, want string) {
		t.Helper()
		if err := e.Translate(ctx, "ada", noun, id, version, locale, texts); fault.Code(err) != want {
			t.Errorf("told %v, want %q", err, want)
		}
	}
	translate(catalog.NounProduct, p.ID, 1, "de", german, "")
	translate(catalog.NounProduct, p.ID, 1, "de", german, "changed-meanwhile")
	translate(catalog.NounProduct, p.ID, 2, "fr", catalog.Texts{"title": "Gobelet"}, "")
	translate(catalog.NounProduct, p.ID, 3, "German", german, "unknown-locale")
	translate(catalog.NounProduct, p.ID, 3, "de", catalog.Texts{"price": "1"}, "texts-invalid")
	translate(catalog.NounProduct, p.ID, 3, "de", catalog.Texts{"title": ""}, "texts-invalid")
	translate(catalog.NounProduct, newID(), 1, "de", german, "product-not-found")
	translate(catalog.NounBrand, p.ID, 1, "de", catalog.Texts{}, "texts-invalid")
	translate(catalog.NounCategory, "cat-mugs", 1, "de", catalog.Texts{"title": "Becher", "attribute:color": "Farbe", "choice:color=red": "rot"}, "")
	got, err := s.db.Read().Catalog.Texts(ctx, catalog.NounProduct, "de", []string{q.ID, p.ID})
	if err != nil || len(got) != 1 || !maps.Equal(got[p.ID], german) {
		t.Errorf("Texts = %v, %v", got, err)
	}
	all, err := s.db.Read().Catalog.AllTexts(ctx, catalog.NounCategory, "de")
	if err != nil || len(all) != 1 || all["cat-mugs"]["attribute:color"] != "Farbe" {
		t.Errorf("AllTexts = %v, %v", all, err)
	}
	translate(catalog.NounProduct, p.ID, 3, "de", catalog.Texts{"title": "Tasse"}, "") // the whole set is replaced
	if got, err := s.db.Read().Catalog.Texts(ctx, catalog.NounProduct, "de", []string{p.ID}); err != nil || !maps.Equal(got[p.ID], catalog.Texts{"title": "Tasse"}) {
		t.Errorf("Texts = %v, %v", got, err)
	}
	if got, err := s.db.Read().Catalog.Texts(ctx, catalog.NounProduct, "fr", []string{p.ID}); err != nil || got[p.ID]["title"] != "Gobelet" {
		t.Errorf("Texts = %v, %v", got, err)
	}
	if in, err := s.db.Read().Catalog.TextsIn(ctx, catalog.NounProduct, []string{q.ID, p.ID}); err != nil || len(in) != 1 || len(in[p.ID]) != 2 || in[p.ID]["de"]["title"] != "Tasse" || in[p.ID]["fr"]["title"] != "Gobelet" {
		t.Errorf("TextsIn = %v, %v", in, err)
	}
	if actions, _ := s.audited(t, p.ID); !slices.Equal(actions, []string{"product.translate", "product.translate", "product.translate"}) {
		t.Errorf("the audit says %v", actions)
	}
	room := s.plant(t, "", "room")
	translate(catalog.NounCategory, room.ID, 1, "de", catalog.Texts{"title": "Zimmer"}, "")
	if err := e.DeleteCategory(ctx, "ada", room.ID, 2); err != nil {
		t.Fatal(err)
	}
	if all, err := s.db.Read().Catalog.AllTexts(ctx, catalog.NounCategory, "de"); err != nil || len(all) != 1 {
		t.Errorf("the texts of a deleted category stay: %v, %v", all, err)
	}
}
