package httpapi

import (
	"net/http"

	"github.com/gorilla/mux"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/merchandising"
)

// catalogRoutes lists what staff do with the catalogue and its prices.
func (a *API) catalogRoutes() []Route {
	read, write := Staff("catalog:read"), Staff("catalog:write")
	seePrices, setPrices := Staff("prices:read"), Staff("prices:write")
	return []Route{
		{"GET", "/v1/admin/products", read, a.overseeProducts},
		{"POST", "/v1/admin/products", write, a.addProduct},
		{"GET", "/v1/admin/products/{id}", read, a.overseeProduct},
		{"PUT", "/v1/admin/products/{id}", write, a.putProduct},
		{"POST", "/v1/admin/products/{id}/archive", write, a.archiveProduct},
		{"GET", "/v1/admin/products/{id}/texts/{locale}", read, a.showTexts(catalog.NounProduct)},
		{"PUT", "/v1/admin/products/{id}/texts/{locale}", write, a.putTexts(catalog.NounProduct)},

		{"GET", "/v1/admin/categories", read, a.overseeCategories},
		{"POST", "/v1/admin/categories", write, a.addCategory},
		{"GET", "/v1/admin/categories/{id}", read, a.overseeCategory},
		{"PUT", "/v1/admin/categories/{id}", write, a.putCategory},
		{"PUT", "/v1/admin/categories/{id}/parent", write, a.moveCategory},
		{"DELETE", "/v1/admin/categories/{id}", write, a.deleteCategory},
		{"PUT", "/v1/admin/categories/{id}/attributes/{name}", write, a.declareAttribute},
		{"DELETE", "/v1/admin/categories/{id}/attributes/{name}", write, a.removeAttribute},
		{"GET", "/v1/admin/categories/{id}/texts/{locale}", read, a.showTexts(catalog.NounCategory)},
		{"PUT", "/v1/admin/categories/{id}/texts/{locale}", write, a.putTexts(catalog.NounCategory)},

		{"GET", "/v1/admin/brands", read, a.overseeBrands},
		{"POST", "/v1/admin/brands", write, a.addBrand},
		{"GET", "/v1/admin/brands/{id}", read, a.overseeBrand},
		{"PUT", "/v1/admin/brands/{id}", write, a.putBrand},
		{"DELETE", "/v1/admin/brands/{id}", write, a.deleteBrand},

		{"GET", "/v1/admin/collections", read, a.overseeCollections},
		{"POST", "/v1/admin/collections", write, a.addCollection},
		{"GET", "/v1/admin/collections/{id}", read, a.overseeCollection},
		{"PUT", "/v1/admin/collections/{id}", write, a.putCollection},
		{"DELETE", "/v1/admin/collections/{id}", write, a.deleteCollection},
		{"GET", "/v1/admin/collections/{id}/products", read, a.listPicks},
		{"PUT", "/v1/admin/collections/{id}/products/{product}", write, a.pickProduct},
		{"DELETE", "/v1/admin/collections/{id}/products/{product}", write, a.unpickProduct},
		{"GET", "/v1/admin/collections/{id}/texts/{locale}", read, a.showTexts(catalog.NounCollection)},
		{"PUT", "/v1/admin/collections/{id}/texts/{locale}", write, a.putTexts(catalog.NounCollection)},

		{"GET", "/v1/admin/redirects/{noun}", read, a.listRedirects},
		{"PUT", "/v1/admin/redirects/{noun}/{slug}", write, a.putRedirect},
		{"DELETE", "/v1/admin/redirects/{noun}/{slug}", write, a.endRedirect},

		{"GET", "/v1/admin/variants/{sku}/price-schedules", seePrices, a.listSchedules},
		{"POST", "/v1/admin/variants/{sku}/price-schedules", setPrices, a.schedulePrice},
		{"DELETE", "/v1/admin/price-schedules/{id}", setPrices, a.endSchedule},
		{"POST", "/v1/admin/price-changes", setPrices, a.changePrices},
		{"GET", "/v1/admin/price-changes/{id}", seePrices, a.showPriceChange},
	}
}

// editor is the editor for this request: what it adds is added once per key.
func (a *API) editor(r *http.Request) (*merchandising.Editor, error) {
	once, err := idem(r, who(r).Actor())
	return a.Editor.Under(once), err
}

// pathUUID reads an id of that name from the path.
func pathUUID(r *http.Request, name, code string) (string, error) {
	id := mux.Vars(r)[name]
	if !uuidShaped(id) {
		return "", fault.New(fault.NotFound, code, "There is no %s here.", clean(id))
	}
	return id, nil
}

// thing reads which thing is meant and which version of it was seen.
func thing(r *http.Request, code string) (id string, version int64, err error) {
	if id, err = pathID(r, code); err != nil {
		return "", 0, err
	}
	version, err = ifMatch(r)
	return id, version, err
}

// whole checks a number of a request.
func whole(field string, n, least, most int64) error {
	if n < least || n > most {
		return fault.Field("bad-number", field, "%d is not a whole number between %d and %d", n, least, most)
	}
	return nil
}

// seoRequest is what search engines are told.
type seoRequest struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}
