package httpapi

import (
	"net/http"

	"github.com/gorilla/mux"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

type textsView struct {
	Texts catalog.Texts `json:"texts"`
}

// textsOf reads whose texts are meant, and in which language.
func textsOf(r *http.Request, noun catalog.Noun) (id, locale string, err error) {
	if id, err = pathID(r, string(noun)+"-not-found"); err != nil {
		return "", "", err
	}
	if locale = mux.Vars(r)["locale"]; !catalog.Locale(locale) {
		return "", "", catalog.UnknownLocale(clean(locale))
	}
	return id, locale, nil
}

// showTexts handles GET /v1/admin/{nouns}/{id}/texts/{locale}; the tag is the
// version of the thing that the texts belong to.
func (a *API) showTexts(noun catalog.Noun) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, locale, err := textsOf(r, noun)
		if err != nil {
			return err
		}
		version, err := a.versionOf(r, noun, id)
		if err != nil {
			return err
		}
		all, err := a.DB.Read().Catalog.Texts(r.Context(), noun, locale, []string{id})
		if err != nil {
			return err
		}
		texts := all[id]
		if texts == nil {
			texts = catalog.Texts{}
		}
		return encodeVersion(w, r, http.StatusOK, version, textsView{texts})
	}
}

func (a *API) versionOf(r *http.Request, noun catalog.Noun, id string) (int64, error) {
	switch noun {
	case catalog.NounProduct:
		p, err := a.DB.Read().Catalog.Load(r.Context(), id)
		return p.Version, err
	case catalog.NounCategory:
		c, err := a.category(r, id)
		return c.Version, err
	}
	c, err := a.DB.Read().Catalog.Collection(r.Context(), id)
	return c.Version, err
}

// putTexts handles PUT /v1/admin/{nouns}/{id}/texts/{locale}.
func (a *API) putTexts(noun catalog.Noun) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in textsView
		if err := decode(r, &in); err != nil {
			return err
		}
		id, locale, err := textsOf(r, noun)
		if err != nil {
			return err
		}
		version, err := ifMatch(r)
		if err != nil {
			return err
		}
		if err := a.Editor.Translate(r.Context(), who(r).Actor(), noun, id, version, locale, in.Texts); err != nil {
			return err
		}
		if in.Texts == nil {
			in.Texts = catalog.Texts{}
		}
		return encodeVersion(w, r, http.StatusOK, version+1, in)
	}
}

// pathNoun reads which kind of thing is meant.
func pathNoun(r *http.Request) (catalog.Noun, error) {
	switch noun := catalog.Noun(mux.Vars(r)["noun"]); noun {
	case catalog.NounProduct, catalog.NounCategory, catalog.NounBrand, catalog.NounCollection:
		return noun, nil
	default:
		return "", fault.Field("bad-choice", "noun", "%q is not one of product, category, brand, collection", clean(string(noun)))
	}
}

type redirectView struct {
	Slug   string `json:"slug"`
	Target string `json:"target"`
}

// listRedirects handles GET /v1/admin/redirects/{noun}?limit&cursor, in order of slug.
func (a *API) listRedirects(w http.ResponseWriter, r *http.Request) error {
	noun, err := pathNoun(r)
	if err != nil {
		return err
	}
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "redirects "+string(noun), of(a.DB.Read().Catalog.Redirects, noun),
		func(x catalog.Redirect) redirectView { return redirectView{x.Slug, x.TargetID} }, func(x catalog.Redirect) string { return x.Slug })
}

// putRedirect handles PUT /v1/admin/redirects/{noun}/{slug}.
func (a *API) putRedirect(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Target string `json:"target"` // an id
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	noun, err := pathNoun(r)
	if err != nil {
		return err
	}
	slug, err := pathText(r, "slug", 120)
	if err != nil {
		return err
	}
	target, err := text("target", in.Target, 1, 36)
	if err != nil {
		return err
	}
	return done(w, a.Editor.Redirect(r.Context(), who(r).Actor(), catalog.Redirect{Noun: noun, Slug: slug, TargetID: target}))
}

// endRedirect handles DELETE /v1/admin/redirects/{noun}/{slug}.
func (a *API) endRedirect(w http.ResponseWriter, r *http.Request) error {
	noun, err := pathNoun(r)
	if err != nil {
		return err
	}
	slug, err := pathText(r, "slug", 120)
	if err != nil {
		return err
	}
	return done(w, a.Editor.EndRedirect(r.Context(), who(r).Actor(), noun, slug))
}
