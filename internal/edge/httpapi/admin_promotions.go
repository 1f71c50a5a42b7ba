package httpapi

import (
	"net/http"
	"time"

	"tradewind/internal/domain/promotion"
	"tradewind/internal/service/promoting"
)

// promotionRoutes lists what staff do with promotions.
func (a *API) promotionRoutes() []Route {
	read, write := Staff("promotions:read"), Staff("promotions:write")
	return []Route{
		{"GET", "/v1/admin/promotions", read, a.listPromotions},
		{"POST", "/v1/admin/promotions", write, a.addPromotion},
		{"GET", "/v1/admin/promotions/{id}", read, a.showPromotion},
		{"PUT", "/v1/admin/promotions/{id}", write, a.putPromotion},
		{"GET", "/v1/admin/promotions/{id}/uses", read, a.listUses},
		{"GET", "/v1/admin/promotions/{id}/codes", read, a.listCodes},
		{"POST", "/v1/admin/promotions/{id}/codes", write, a.makeCodes},
		{"PUT", "/v1/admin/promotions/{id}/codes/{code}", write, a.putCode},
		{"DELETE", "/v1/admin/promotions/{id}/codes/{code}", write, a.deleteCode},
	}
}

func promoter(r *http.Request) (promoting.By, error) {
	once, err := idem(r, who(r).Actor())
	return promoting.By{Actor: who(r).Actor(), Once: once}, err
}

type promotionRequest struct {
	Title     string           `json:"title"`
	Kind      string           `json:"kind"`
	Automatic bool             `json:"automatic"`
	Active    bool             `json:"active"`
	Priority  int64            `json:"priority"`
	Exclusive bool             `json:"exclusive"`
	Terms     promotion.Terms  `json:"terms"`
	Budget    promotion.Budget `json:"budget"`
	StartsAt  time.Time        `json:"starts_at"`
	EndsAt    time.Time        `json:"ends_at"`
}

func (in promotionRequest) promotion() promotion.Promotion {
	return promotion.Promotion{Title: in.Title, Kind: promotion.Kind(clean(in.Kind)), Automatic: in.Automatic, Active: in.Active, Priority: in.Priority, Exclusive: in.Exclusive,
		Terms: in.Terms, Budget: in.Budget, StartsAt: in.StartsAt.UTC().Truncate(time.Microsecond), EndsAt: in.EndsAt.UTC().Truncate(time.Microsecond)}
}

type promotionView struct {
	ID        string           `json:"id"`
	Title     string           `json:"title"`
	Kind      string           `json:"kind"`
	Automatic bool             `json:"automatic"`
	Active    bool             `json:"active"`
	Priority  int64            `json:"priority"`
	Exclusive bool             `json:"exclusive"`
	Terms     promotion.Terms  `json:"terms"`
	Budget    promotion.Budget `json:"budget"`
	StartsAt  *time.Time       `json:"starts_at,omitempty"`
	EndsAt    *time.Time       `json:"ends_at,omitempty"`
	Used      int64            `json:"used"`  // counted where the budget limits uses or money
	Spent     int64            `json:"spent"` // likewise, in minor units
	Version   int64            `json:"version"`
	CreatedAt time.Time        `json:"created_at"`
	UpdatedAt time.Time        `json:"updated_at"`
}

func viewPromotion(p promotion.Promotion) promotionView {
	v := promotionView{ID: p.ID, Title: p.Title, Kind: string(p.Kind), Automatic: p.Automatic, Active: p.Active, Priority: p.Priority, Exclusive: p.Exclusive, Terms: p.Terms, Budget: p.Budget,
		Used: p.Used, Spent: p.Spent, Version: p.Version, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
	if !p.StartsAt.IsZero() {
		v.StartsAt = &p.StartsAt
	}
	if !p.EndsAt.IsZero() {
		v.EndsAt = &p.EndsAt
	}
	return v
}

// listPromotions handles GET /v1/admin/promotions?limit&cursor, by id.
func (a *API) listPromotions(w http.ResponseWriter, r *http.Request) error {
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "promotions", a.DB.Read().Promotions.Page, viewPromotion, func(p promotion.Promotion) string { return p.ID })
}

// addPromotion handles POST /v1/admin/promotions.
func (a *API) addPromotion(w http.ResponseWriter, r *http.Request) error {
	var in promotionRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	by, err := promoter(r)
	if err != nil {
		return err
	}
	p, err := a.Promoting.Create(r.Context(), by, in.promotion())
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/promotions/"+p.ID)
	return encodeVersion(w, r, http.StatusCreated, p.Version, viewPromotion(p))
}

// showPromotion handles GET /v1/admin/promotions/{id}.
func (a *API) showPromotion(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "promotion-not-found")
	if err != nil {
		return err
	}
	p, err := a.DB.Read().Promotions.Get(r.Context(), id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, p.Version, viewPromotion(p))
}

// putPromotion handles PUT /v1/admin/promotions/{id}.
func (a *API) putPromotion(w http.ResponseWriter, r *http.Request) error {
	var in promotionRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	id, version, err := thing(r, "promotion-not-found")
	if err != nil {
		return err
	}
	p := in.promotion()
	p.ID, p.Version = id, version
	if p, err = a.Promoting.Update(r.Context(), promoting.By{Actor: who(r).Actor()}, p); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, p.Version, viewPromotion(p))
}

type useView struct {
	Order  string    `json:"order"`
	Code   string    `json:"code,omitempty"`
	Minor  int64     `json:"minor"` // what it took off
	UsedAt time.Time `json:"used_at"`
}

// knownPromotion reads which promotion a list is about.
func (a *API) knownPromotion(r *http.Request) (id string, err error) {
	if id, err = pathID(r, "promotion-not-found"); err == nil {
		_, err = a.DB.Read().Promotions.Get(r.Context(), id)
	}
	return id, err
}

// listUses handles GET /v1/admin/promotions/{id}/uses?limit&cursor, the latest orders first.
func (a *API) listUses(w http.ResponseWriter, r *http.Request) error {
	id, err := a.knownPromotion(r)
	if err != nil {
		return err
	}
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "uses", of(a.DB.Read().Promotions.Redemptions, id),
		func(u promotion.Redeemed) useView { return useView{u.OrderID, u.Code, u.Minor, u.At} }, func(u promotion.Redeemed) string { return u.OrderID })
}

type codeView struct {
	Code    string `json:"code"`
	MaxUses int64  `json:"max_uses"` // 0 for any
	Used    int64  `json:"used"`
}

func viewCode(c promotion.Code) codeView { return codeView{c.Code, c.MaxUses, c.Used} }

// listCodes handles GET /v1/admin/promotions/{id}/codes?limit&cursor.
func (a *API) listCodes(w http.ResponseWriter, r *http.Request) error {
	id, err := a.knownPromotion(r)
	if err != nil {
		return err
	}
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "codes", of(a.DB.Read().Promotions.Codes, id), viewCode, func(c promotion.Code) string { return c.Code })
}

// makeCodes handles POST /v1/admin/promotions/{id}/codes: codes that nobody guesses.
func (a *API) makeCodes(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Count   int64  `json:"count"`
		Prefix  string `json:"prefix"`
		MaxUses int64  `json:"max_uses"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	id, err := pathID(r, "promotion-not-found")
	if err != nil {
		return err
	}
	if err := whole("count", in.Count, 1, promoting.MostCodes); err != nil {
		return err
	}
	by, err := promoter(r)
	if err != nil {
		return err
	}
	codes, err := a.Promoting.Generate(r.Context(), by, id, int(in.Count), in.Prefix, in.MaxUses)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusCreated, listView[string]{Items: codes})
}

// pathCode reads a promotion and a code of it from the path.
func pathCode(r *http.Request) (id, code string, err error) {
	if id, err = pathID(r, "promotion-not-found"); err != nil {
		return "", "", err
	}
	code, err = pathText(r, "code", 40)
	return id, code, err
}

// putCode handles PUT /v1/admin/promotions/{id}/codes/{code}.
func (a *API) putCode(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		MaxUses int64 `json:"max_uses"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	id, code, err := pathCode(r)
	if err != nil {
		return err
	}
	_, err = a.Promoting.PutCode(r.Context(), promoting.By{Actor: who(r).Actor()}, id, code, in.MaxUses)
	return done(w, err)
}

// deleteCode handles DELETE /v1/admin/promotions/{id}/codes/{code}.
func (a *API) deleteCode(w http.ResponseWriter, r *http.Request) error {
	id, code, err := pathCode(r)
	if err != nil {
		return err
	}
	return done(w, a.Promoting.RemoveCode(r.Context(), promoting.By{Actor: who(r).Actor()}, id, code))
}
