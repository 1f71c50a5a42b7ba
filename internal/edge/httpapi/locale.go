package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"tradewind/internal/domain/catalog"
)

// languages are those that answers about the catalogue can be in.
type languages struct {
	own     string   // the shop's own, in which texts are kept
	others  []string // those with translations
	matcher language.Matcher
}

func newLanguages(own, others string) languages {
	l := languages{own: own}
	tags := []language.Tag{language.Make(own)}
	for o := range strings.SplitSeq(others, ",") {
		if o = strings.TrimSpace(o); o != "" && o != own {
			l.others = append(l.others, o)
			tags = append(tags, language.Make(o))
		}
	}
	l.matcher = language.NewMatcher(tags)
	return l
}

// some reports whether there is anything to choose.
func (l languages) some() bool { return len(l.others) > 0 }

// of is what the request asks for: by the parameter locale, else by
// Accept-Language (RFC 9110, 12.5.4). "" is the shop's own.
func (l languages) of(r *http.Request) string {
	if !l.some() {
		return ""
	}
	if strings.Contains(r.URL.RawQuery, "locale=") {
		if asked := r.URL.Query().Get("locale"); asked != "" {
			if slices.Contains(l.others, asked) {
				return asked
			}
			return ""
		}
	}
	accept := r.Header.Get("Accept-Language")
	if accept == "" || len(accept) > 200 {
		return ""
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return ""
	}
	if _, i, confidence := l.matcher.Match(wanted...); i > 0 && confidence > language.No {
		return l.others[i-1]
	}
	return ""
}

type localeKey struct{}

func withLocale(r *http.Request, locale string) *http.Request {
	if locale == "" {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), localeKey{}, locale))
}

// localeOf is the language that the answer shall be in, "" for the shop's own.
func localeOf(ctx context.Context) string {
	locale, _ := ctx.Value(localeKey{}).(string)
	return locale
}

// locale refuses a parameter that names no language of the shop.
func (q *query) locale(l languages) {
	if asked := q.values.Get("locale"); asked != "" && asked != l.own && !slices.Contains(l.others, asked) {
		q.fail(catalog.UnknownLocale(clean(asked)))
	}
}

// texts returns the texts of things in the language of the answer, by id; what
// a country's variant of it lacks comes from the language.
func (a *API) texts(ctx context.Context, noun catalog.Noun, ids ...string) (map[string]catalog.Texts, error) {
	return layered(localeOf(ctx), func(locale string) (map[string]catalog.Texts, error) {
		return a.DB.Read().Catalog.Texts(ctx, noun, locale, ids)
	})
}

// layered joins what read returns for the locale and the language above it.
func layered(locale string, read func(locale string) (map[string]catalog.Texts, error)) (map[string]catalog.Texts, error) {
	if locale == "" {
		return nil, nil
	}
	all := map[string]catalog.Texts{}
	for _, layer := range catalog.Locales(locale) {
		found, err := read(layer)
		if err != nil {
			return nil, err
		}
		for id, texts := range found {
			if all[id] == nil {
				all[id] = catalog.Texts{}
			}
			for field, text := range texts {
				all[id][field] = text
			}
		}
	}
	return all, nil
}

// translateCards puts the titles of cards into the language of the answer.
func (a *API) translateCards(ctx context.Context, cards []cardView) error {
	if localeOf(ctx) == "" || len(cards) == 0 {
		return nil
	}
	ids := make([]string, len(cards))
	for i, c := range cards {
		ids[i] = c.ID
	}
	texts, err := a.texts(ctx, catalog.NounProduct, ids...)
	if err != nil {
		return err
	}
	for i, c := range cards {
		if title, ok := texts[c.ID]["title"]; ok {
			cards[i].Title = title
		}
	}
	return nil
}
