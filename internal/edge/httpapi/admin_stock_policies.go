package httpapi

import (
	"cmp"
	"net/http"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
)

// policyView is how a SKU is sold. Its tag is one above the version of the
// policy, so that a SKU without one has a tag too.
type policyView struct {
	SKU       string `json:"sku"`
	Tracking  string `json:"tracking"`
	Backorder int64  `json:"backorder"`
	Safety    int64  `json:"safety"`
	Low       *int64 `json:"low,omitempty"`
}

func viewPolicy(p inventory.Policy) policyView {
	return policyView{SKU: p.SKU, Tracking: string(cmp.Or(p.Tracking, inventory.Counted)), Backorder: p.Backorder, Safety: p.Safety, Low: p.Low}
}

// policyOf reads the policy of a SKU that there is.
func (a *API) policyOf(r *http.Request) (p inventory.Policy, err error) {
	sku, err := pathText(r, "sku", 64)
	if err != nil {
		return p, err
	}
	if p, err = a.DB.Read().Stock.Policy(r.Context(), sku); err == nil && p.Version == 0 {
		err = a.variantExists(r, sku)
	}
	return p, err
}

// seenPolicy reads the version of the policy that was seen.
func seenPolicy(r *http.Request) (int64, error) {
	tag, err := ifMatch(r)
	return tag - 1, err
}

// showPolicy handles GET /v1/admin/stock/{sku}/policy.
func (a *API) showPolicy(w http.ResponseWriter, r *http.Request) error {
	p, err := a.policyOf(r)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, p.Version+1, viewPolicy(p))
}

// putPolicy handles PUT /v1/admin/stock/{sku}/policy.
func (a *API) putPolicy(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Tracking  string `json:"tracking"`
		Backorder int64  `json:"backorder"`
		Safety    int64  `json:"safety"`
		Low       *int64 `json:"low"`
	}
	err := decode(r, &in)
	if err != nil {
		return err
	}
	p := inventory.Policy{Tracking: inventory.Tracking(cmp.Or(clean(in.Tracking), string(inventory.Counted))), Backorder: in.Backorder, Safety: in.Safety, Low: in.Low}
	for field, n := range map[string]*int64{"backorder": &in.Backorder, "safety": &in.Safety, "low": in.Low} {
		if n == nil {
			continue
		}
		if err := whole(field, *n, 0, 999_999_999); err != nil {
			return err
		}
	}
	if p.SKU, err = pathText(r, "sku", 64); err != nil {
		return err
	}
	if p.Version, err = seenPolicy(r); err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	if p, err = a.Stock.SetPolicy(r.Context(), by, p); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, p.Version+1, viewPolicy(p))
}

// listPolicies handles GET /v1/admin/stock-policies?limit&cursor, by SKU, those of bundles too.
func (a *API) listPolicies(w http.ResponseWriter, r *http.Request) error {
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "policies", a.DB.Read().Stock.ListPolicies, viewPolicy, func(p inventory.Policy) string { return p.SKU })
}

type componentView struct {
	SKU string `json:"sku"`
	Qty int64  `json:"qty"`
}

// bundleView is what a SKU consists of, nothing if it is no bundle; its tag is
// that of the policy.
type bundleView struct {
	SKU        string          `json:"sku"`
	Components []componentView `json:"components"`
}

// showBundle handles GET /v1/admin/stock/{sku}/bundle.
func (a *API) showBundle(w http.ResponseWriter, r *http.Request) error {
	p, err := a.policyOf(r)
	if err != nil {
		return err
	}
	return a.bundle(w, r, p)
}

func (a *API) bundle(w http.ResponseWriter, r *http.Request, p inventory.Policy) error {
	parts, err := a.DB.Read().Stock.Bundles(r.Context(), []string{p.SKU})
	if err != nil {
		return err
	}
	v := bundleView{SKU: p.SKU, Components: []componentView{}}
	for _, c := range parts[p.SKU] {
		v.Components = append(v.Components, componentView(c))
	}
	return encodeVersion(w, r, http.StatusOK, p.Version+1, v)
}

// mostComponents bounds a bundle.
const mostComponents = 100

// putBundle handles PUT /v1/admin/stock/{sku}/bundle.
func (a *API) putBundle(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Components []componentView `json:"components"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	if len(in.Components) == 0 || len(in.Components) > mostComponents {
		return fault.Field("too-many-values", "components", "1 to %d components are possible", mostComponents)
	}
	var parts []inventory.Component
	for _, c := range in.Components {
		sku, err := text("components.sku", c.SKU, 1, 64)
		if err != nil {
			return err
		}
		parts = append(parts, inventory.Component{SKU: sku, Qty: c.Qty})
	}
	return a.setBundle(w, r, parts)
}

// endBundle handles DELETE /v1/admin/stock/{sku}/bundle: it is an ordinary SKU again.
func (a *API) endBundle(w http.ResponseWriter, r *http.Request) error {
	return a.setBundle(w, r, nil)
}

func (a *API) setBundle(w http.ResponseWriter, r *http.Request, parts []inventory.Component) error {
	sku, err := pathText(r, "sku", 64)
	if err != nil {
		return err
	}
	seen, err := seenPolicy(r)
	if err != nil {
		return err
	}
	by, err := by(r)
	if err != nil {
		return err
	}
	if _, err := a.Stock.SetBundle(r.Context(), by, sku, parts, seen); err != nil {
		return err
	}
	p, err := a.policyOf(r)
	if err != nil {
		return err
	}
	return a.bundle(w, r, p)
}
