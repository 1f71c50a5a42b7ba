package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"tradewind/internal/domain/fact"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/service/shopping"
)

// Browsing is told what visitors do. Tell never waits.
type Browsing interface{ Tell(f fact.Fact) }

// optedOut reports whether nothing is told about a request: its sender does not
// want to be followed (Global Privacy Control, Do Not Track), or nobody looks at
// the answer yet (Sec-Purpose of the Fetch standard, and Purpose before it).
func optedOut(r *http.Request) bool {
	h := r.Header
	return h.Get("Sec-Gpc") == "1" || h.Get("Dnt") == "1" || strings.Contains(h.Get("Sec-Purpose"), "prefetch") || h.Get("Purpose") == "prefetch"
}

// teller tells what somebody did who has seen the answer that e keeps.
type teller func(a *API, r *http.Request, e *entry)

// told is cached, and tells. An answer that is repeated was looked at all the
// same, and so was one that the client has already.
func (a *API) told(view viewer, tell teller) handler {
	return a.cachedAnd(view, func(r *http.Request, e *entry) {
		if a.Browsing != nil && r.Method == http.MethodGet && !optedOut(r) {
			tell(a, r, e)
		}
	})
}

// gist is what facts tell of an answer: whose it is, or how much was found. It
// is read from the answer once, also if another process has made that.
type gist struct {
	ID    string `json:"id"`
	Total int64  `json:"total"`
}

func (e *entry) about() gist {
	if g := e.gist.Load(); g != nil {
		return *g
	}
	var g gist
	_ = json.Unmarshal(e.body, &g) // an answer of ours; of another, nothing is told
	e.gist.Store(&g)
	return g
}

// happened is a fact of now about a request.
func (a *API) happened(r *http.Request, kind, subject string, data any) fact.Fact {
	f := fact.Fact{Type: kind, Subject: subject, At: a.Now(), Data: data}
	if ids := telemetry.Of(r.Context()); ids != nil {
		f.Trace = "00-" + ids.TraceID + "-" + ids.SpanID + "-00"
	}
	return f
}

// visitorOf is how facts know a browser that makes itself known: as what it has
// looked at is kept, by the hash of a text of its own choice.
func visitorOf(r *http.Request) string {
	who, err := visitor(r)
	if err != nil || who == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(who)
}

// tellView says that a product was looked at.
func tellView(a *API, r *http.Request, e *entry) {
	if id := e.about().ID; id != "" {
		a.Browsing.Tell(a.happened(r, fact.ProductViewed, id, fact.View{ProductID: id, Currency: r.URL.Query().Get("currency"), Visitor: visitorOf(r)}))
	}
}

// tellSearch says that somebody searched. Further pages are the same search.
func tellSearch(a *API, r *http.Request, e *entry) {
	q := r.URL.Query()
	if q.Has("cursor") {
		return
	}
	data := fact.Search{Results: e.about().Total, Visitor: visitorOf(r)}
	data.Terms, data.Withheld = fact.Terms(q.Get("q"), data.Results)
	for name := range q {
		switch name {
		case "q", "currency", "sort", "limit", "facets", "locale":
		default:
			data.Filtered = true
		}
	}
	f := a.happened(r, fact.SearchPerformed, "search", data)
	f.Key = f.Trace // searches have nothing in common that would keep them together
	a.Browsing.Tell(f)
}

// tellCart says that what is in a cart was changed.
func (a *API) tellCart(r *http.Request, v cartView) {
	if a.Browsing == nil || optedOut(r) {
		return
	}
	data := fact.Cart{CartID: v.ID, Version: v.Version, Lines: len(v.Items), Subtotal: v.Subtotal}
	for _, it := range v.Items {
		data.Units += it.Qty
	}
	a.Browsing.Tell(a.happened(r, fact.CartChanged, v.ID, data))
}

// removeItem handles DELETE /v1/carts/{id}/items/{sku}.
func (a *API) removeItem(w http.ResponseWriter, r *http.Request) error {
	remove := func(ctx context.Context, in shopping.Access, sku string) (shopping.View, error) {
		v, err := a.Shopping.RemoveItem(ctx, in, sku)
		if err == nil {
			a.tellCart(r, viewCart(v))
		}
		return v, err
	}
	return a.changeCart("sku", 64, remove)(w, r)
}
