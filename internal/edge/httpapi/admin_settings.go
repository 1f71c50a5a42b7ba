package httpapi

import (
	"encoding/json"
	"net/http"

	"tradewind/internal/domain/setting"
	"tradewind/internal/service/settings"
)

// settingRoutes lists what staff set while the shop runs, and what of it shoppers see.
func (a *API) settingRoutes() []Route {
	return []Route{
		{"GET", "/v1/shop", Public, a.showShop},
		{"GET", "/v1/admin/settings", Staff("settings:read"), a.listSettings},
		{"GET", "/v1/admin/settings/{name}", Staff("settings:read"), a.showSetting},
		{"PUT", "/v1/admin/settings/{name}", Staff("settings:write"), a.putSetting},
	}
}

// shopView is what everybody may know of the shop.
type shopView struct {
	Name           string `json:"name"`
	SupportEmail   string `json:"support_email,omitempty"`
	CheckoutNotice string `json:"checkout_notice,omitempty"`
	ReturnDays     int64  `json:"return_days"`
}

// showShop handles GET /v1/shop.
func (a *API) showShop(w http.ResponseWriter, r *http.Request) error {
	var v shopView
	var err error
	for name, to := range map[string]*string{setting.ShopName: &v.Name, setting.SupportEmail: &v.SupportEmail, setting.CheckoutNotice: &v.CheckoutNotice} {
		if *to, err = a.Settings.Text(r.Context(), name); err != nil {
			return err
		}
	}
	if v.ReturnDays, err = a.Settings.Number(r.Context(), setting.ReturnDays); err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, v)
}

// settingView is a setting; its tag is one above how often it was set.
type settingView struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Kind  string `json:"kind"`
	Least int64  `json:"least"` // characters of a text, or the number itself
	Most  int64  `json:"most"`
	Value any    `json:"value"`
}

func viewSetting(v settings.Value) settingView {
	return settingView{v.Name, v.About, string(v.Kind), v.Least, v.Most, v.Value}
}

// listSettings handles GET /v1/admin/settings.
func (a *API) listSettings(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Settings.List(r.Context())
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, len(list), viewSetting, nil))
}

// showSetting handles GET /v1/admin/settings/{name}.
func (a *API) showSetting(w http.ResponseWriter, r *http.Request) error {
	name, err := pathText(r, "name", 60)
	if err != nil {
		return err
	}
	if _, err := setting.Find(name); err != nil {
		return err
	}
	list, err := a.Settings.List(r.Context())
	if err != nil {
		return err
	}
	var found settings.Value
	for _, v := range list {
		if v.Name == name {
			found = v
		}
	}
	return encodeVersion(w, r, http.StatusOK, found.Version+1, viewSetting(found))
}

// putSetting handles PUT /v1/admin/settings/{name}.
func (a *API) putSetting(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Value json.RawMessage `json:"value"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	name, err := pathText(r, "name", 60)
	if err != nil {
		return err
	}
	tag, err := ifMatch(r)
	if err != nil {
		return err
	}
	v, err := a.Settings.Set(r.Context(), who(r).Actor(), name, tag-1, in.Value)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, v.Version+1, viewSetting(v))
}
