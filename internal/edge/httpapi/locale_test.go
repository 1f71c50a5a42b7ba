package httpapi

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/store"
)

// abroad is a shop that has German and Austrian texts, and remembers answers.
func abroad(t *testing.T) *shop {
	t.Helper()
	s, err := newShop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	err = s.api.DB.InTx(ctx, func(tx store.Stores) error {
		p, err := tx.Catalog.BySlug(ctx, "almanac-mug")
		if err != nil {
			return err
		}
		list, err := tx.Catalog.Categories(ctx)
		if err != nil {
			return err
		}
		mugs, _ := catalog.NewTree(list).Find("mugs")
		kitchen, _ := catalog.NewTree(list).Find("kitchen")
		gifts, err := tx.Catalog.Collection(ctx, "gifts-under-30")
		if err != nil {
			return err
		}
		for _, text := range []struct {
			noun       catalog.Noun
			id, locale string
			texts      catalog.Texts
		}{
			{catalog.NounProduct, p.ID, "de", catalog.Texts{"title": "Almanach-Becher", "description": "Ein Becher.", "option:Colour": "Farbe", "value:Colour=Rust": "Rost", "variant:MU01-ALMA-RUST": "In Rost"}},
			{catalog.NounProduct, p.ID, "de-AT", catalog.Texts{"title": "Almanach-Häferl"}},
			{catalog.NounCategory, mugs.ID, "de", catalog.Texts{"title": "Becher", "attribute:volume": "Inhalt"}},
			{catalog.NounCategory, kitchen.ID, "de", catalog.Texts{"attribute:material": "Werkstoff", "choice:material=stoneware": "Steinzeug", "choice:material=porcelain": "Porzellan", "choice:material=enamel": "Email"}},
			{catalog.NounCollection, gifts.ID, "de", catalog.Texts{"title": "Geschenke bis 30"}},
		} {
			if err := tx.Catalog.PutTexts(ctx, text.noun, text.id, text.locale, text.texts); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.api.Config.Language, s.api.Config.Languages, s.api.Config.CacheFor, s.api.Config.CacheBytes = "en", "de,de-AT", time.Minute, 1<<20
	if err := s.api.Config.Validate(); err != nil {
		t.Fatal(err)
	}
	s.Handler = s.api.Handler()
	return s
}

func TestAnswersComeInTheLanguageAskedFor(t *testing.T) {
	s := abroad(t)
	const product = "/v1/products/almanac-mug"
	for range 2 { // the second time from memory
		for _, tc := range []struct{ target, accept, language, has, hasNot string }{
			{product, "", "en", `"title":"Almanac mug"`, "Becher"},
			{product, "de", "de", `"title":"Almanach-Becher"`, "Almanac mug\",\"desc"},
			{product, "fr, de;q=0.5", "de", `"name":"Farbe"`, `"name":"Colour"`},
			{product, "de-CH", "de", `"value":"Rost"`, `"value":"Rust"`},
			{product, "de", "de", `"title":"In Rost"`, `"title":"Rust"`},
			{product, "de-AT", "de-AT", `"title":"Almanach-Häferl","description":"Ein Becher."`, ""},
			{product, "fr", "en", `"title":"Almanac mug"`, "Becher"},
			{product, "fr;q=;;", "en", `"title":"Almanac mug"`, ""},
			{product, "en, de", "en", `"title":"Almanac mug"`, ""},
			{product + "?locale=de", "en", "de", `"label":"Inhalt"`, `"label":"Volume"`},
			{product + "?locale=de", "", "de", `"label":"Werkstoff"`, "stoneware\"]"},
			{product + "?locale=en", "de", "en", `"title":"Almanac mug"`, ""},
			{"/v1/products?category=mugs&sort=title&limit=1", "de", "de", `"title":"Almanach-Becher"`, ""},
			{"/v1/products?category=mugs&sort=title&limit=1", "", "en", `"title":"Almanac mug"`, ""},
			{"/v1/search?q=almanac+mug&limit=1", "de-AT", "de-AT", "Almanach-Häferl", ""},
			{"/v1/recommendations?kind=similar&product=estuary-mug&limit=50", "", "en", `"items"`, "Becher"},
			{"/v1/categories", "de", "de", `"title":"Becher"`, `"title":"Mugs"`},
			{"/v1/categories", "", "en", `"title":"Mugs"`, `"title":"Becher"`},
			{"/v1/categories/mugs", "de-AT", "de-AT", `"title":"Becher"`, ""},
			{"/v1/collections", "de", "de", "Geschenke bis 30", "Gifts"},
			{"/v1/collections/gifts-under-30?locale=de", "", "de", "Geschenke bis 30", "Gifts"},
		} {
			w := s.ask(t, "GET", tc.target, "", "Accept-Language", tc.accept)
			body := w.Body.String()
			if w.Code != http.StatusOK || w.Header().Get("Content-Language") != tc.language || !strings.Contains(body, tc.has) || tc.hasNot != "" && strings.Contains(body, tc.hasNot) {
				t.Errorf("GET %s in %q = %d in %s: %.1200s", tc.target, tc.accept, w.Code, w.Header().Get("Content-Language"), body)
			}
			if vary := w.Header().Get("Vary"); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Accept-Encoding") {
				t.Errorf("GET %s varies by %q", tc.target, vary)
			}
		}
	}
	if w := s.ask(t, "GET", product+"?locale=fr", ""); codeIn(w) != "unknown-locale" {
		t.Errorf("a language that the shop does not have = %d %s", w.Code, w.Body)
	}
	in := s.ask(t, "GET", product, "", "Accept-Language", "de").Header().Get("ETag")
	if w := s.ask(t, "GET", product, "", "If-None-Match", in); w.Code != http.StatusOK {
		t.Errorf("the tag of the German answer holds for the English one: %d", w.Code)
	}
}

func TestAShopOfOneLanguageDoesNotVaryByIt(t *testing.T) {
	w := open(t).ask(t, "GET", "/v1/categories", "", "Accept-Language", "de")
	if w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("Content-Language") != "" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestLanguagesThatAreNoneAreRefusedAtTheStart(t *testing.T) {
	for setting, ok := range map[string]bool{"": true, "de": true, "de, de-AT": true, "german": false, "de,,fr": true, "DE": false, "de_AT": false} {
		c := Config{URL: "http://localhost:8080", Currency: "EUR", Language: "en", Languages: setting, BodyLimit: 1024, AccessLog: "off", Within: time.Second}
		if err := c.Validate(); (err == nil) != ok {
			t.Errorf("shop.languages %q: %v", setting, err)
		}
	}
}
