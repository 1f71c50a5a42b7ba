package httpapi

import (
	"net/http"

	"tradewind/internal/domain/recommend"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/recommending"
)

// visitorID is the header by which a browser is known again: a random text of
// its own choice. Only its hash is kept.
const visitorID = "Visitor-Id"

// visitor reads the header; nil if it is absent.
func visitor(r *http.Request) ([]byte, error) {
	id := r.Header.Get(visitorID)
	if id == "" {
		return nil, nil
	}
	if len(id) < 16 || len(id) > 100 || !printable(id) {
		return nil, fault.Field("bad-visitor", visitorID, "choose 16 to 100 printable ASCII characters at random, such as a UUID")
	}
	return token.Hash(id), nil
}

// recommend handles GET /v1/recommendations.
func (a *API) recommend(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "kind", "product", "category", "currency", "limit", "locale")
	ask := recommending.Ask{Currency: q.currency(a.Config.Currency), ProductID: q.text("product", 120), Limit: int(q.number("limit", 12, 1, 50)),
		Kind: recommend.Kind(q.choice("kind", "", string(recommend.Together), string(recommend.Similar), string(recommend.Popular), string(recommend.Recent)))}
	category := q.text("category", 120)
	if q.locale(a.languages); q.err != nil {
		return q.err
	}
	if (ask.Kind == recommend.Together || ask.Kind == recommend.Similar) && ask.ProductID == "" {
		return fault.Field("missing-field", "product", "say what it shall be %s to", ask.Kind)
	}
	var err error
	if category != "" {
		c, err := a.tree.find(r.Context(), category)
		if err != nil {
			return err
		}
		ask.CategoryID = c.ID
	}
	if ask.Visitor, err = visitor(r); err != nil {
		return err
	}
	if ask.Kind != recommend.Recent && (ask.Kind != "" || ask.Visitor == nil) { // the same for everybody
		ask.Visitor = nil
		return a.cached(func(r *http.Request) (any, error) { return a.suggestions(r, ask) })(w, r)
	}
	v, err := a.suggestions(withLocale(r, a.languages.of(r)), ask)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, v)
}

func (a *API) suggestions(r *http.Request, ask recommending.Ask) (any, error) {
	found, err := a.Recommend.For(r.Context(), ask)
	if err != nil {
		return nil, err
	}
	cards := make([]cardView, len(found))
	for i, s := range found {
		cards[i] = viewCard(s.Card)
	}
	if err := a.translateCards(r.Context(), cards); err != nil {
		return nil, err
	}
	out := listView[suggestionView]{Items: make([]suggestionView, len(found))}
	for i, s := range found {
		out.Items[i] = suggestionView{Kind: string(s.Kind), Product: cards[i]}
	}
	return out, nil
}

type suggestionView struct {
	Kind    string   `json:"kind"`
	Product cardView `json:"product"`
}

// rememberView handles PUT /v1/recently-viewed/{key}.
func (a *API) rememberView(w http.ResponseWriter, r *http.Request) error {
	who, err := visitor(r)
	if err != nil {
		return err
	}
	if who == nil {
		return visitorMissing()
	}
	key, err := pathText(r, "key", 120)
	if err != nil {
		return fault.New(fault.NotFound, "product-not-found", "There is no such product.").Because(err)
	}
	if err := a.Recommend.Seen(r.Context(), who, key); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// forgetViews handles DELETE /v1/recently-viewed.
func (a *API) forgetViews(w http.ResponseWriter, r *http.Request) error {
	who, err := visitor(r)
	if err != nil {
		return err
	}
	if who == nil {
		return visitorMissing()
	}
	if err := a.Recommend.Forget(r.Context(), who); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func visitorMissing() error {
	return fault.New(fault.Invalid, "visitor-missing", "Send the header %s.", visitorID)
}
