package httpapi

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

// moved says that what was asked for has another slug now.
type moved struct{ slug string }

func (m moved) Error() string { return "it is called " + m.slug + " now" }

// elsewhere answers a request for something under its old slug with the address
// of the same request for the new one (RFC 9110, 15.4.9). Others than moved
// stay errors. The slug stands in the path, at its end, or in a parameter.
func elsewhere(w http.ResponseWriter, r *http.Request, err error) error {
	m, ok := errors.AsType[moved](err)
	if !ok {
		return err
	}
	to := *r.URL
	query := to.Query()
	if to.Path == pathProducts || to.Path == pathSearch {
		query.Set("category", m.slug)
		to.RawQuery = query.Encode()
	} else {
		path := r.URL.EscapedPath()
		to.RawPath = path[:strings.LastIndexByte(path, '/')+1] + url.PathEscape(m.slug)
		to.Path, err = url.PathUnescape(to.RawPath)
		if err != nil {
			return err
		}
	}
	h := w.Header()
	h.Set("Location", to.RequestURI())
	h["Cache-Control"] = publicFresh
	w.WriteHeader(http.StatusPermanentRedirect)
	return nil
}

// renamed turns the error of a product that was not found into a moved, if the
// slug is one that a product had before.
func (a *API) renamed(r *http.Request, noun catalog.Noun, slug string, err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	now, lost := a.DB.Read().Catalog.Renamed(r.Context(), noun, slug)
	if lost != nil {
		return lost
	}
	if now != "" {
		return moved{now}
	}
	return err
}
