package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

// moved says that what was asked for has another slug now.
type moved struct {
	noun catalog.Noun
	slug string
}

func (m moved) Error() string { return "the " + string(m.noun) + " is called " + m.slug + " now" }

// elsewhere answers a request for something under its old slug with the address
// of the same request for the new one (RFC 9110, 15.4.9). Others than moved
// stay errors. The slug stands in the path, at its end, or in the parameter
// that has the name of the noun.
func elsewhere(w http.ResponseWriter, r *http.Request, err error) error {
	m, ok := errors.AsType[moved](err)
	if !ok {
		return err
	}
	to := *r.URL
	if _, named := mux.Vars(r)["key"]; !named {
		query := to.Query()
		query.Set(string(m.noun), m.slug)
		to.RawQuery = query.Encode()
	} else {
		path := r.URL.EscapedPath()
		to.Path = r.URL.Path[:strings.LastIndexByte(r.URL.Path, '/')+1] + m.slug
		to.RawPath = path[:strings.LastIndexByte(path, '/')+1] + url.PathEscape(m.slug)
	}
	h := w.Header()
	h.Set("Location", to.RequestURI())
	h["Cache-Control"] = publicFresh
	w.WriteHeader(http.StatusPermanentRedirect)
	return nil
}

// renamed turns the error of something that was not found into a moved, if the
// slug is one that such a thing had before.
func (a *API) renamed(ctx context.Context, noun catalog.Noun, slug string, err error) error {
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return err
	}
	now, lost := a.DB.Read().Catalog.Renamed(ctx, noun, slug)
	if lost != nil {
		return lost
	}
	if now != "" {
		return moved{noun, now}
	}
	return err
}
