package exchange

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// promotionRow is a promotion, or, with a code, one of the codes of the
// promotion with that id. What was used of it comes with the orders that did.
type promotionRow struct {
	ID, Code                     string
	MaxUses                      int64 // of the code
	Title, Kind                  string
	Automatic, Active, Exclusive bool
	Priority                     int64
	Terms                        termsRow
	Budget                       promotion.Budget
	StartsAt, EndsAt             time.Time
}

// termsRow names categories by their titles from the root down, and products by slug.
type termsRow struct {
	promotion.Terms
	Categories [][]string `json:"categories,omitempty"`
	Products   []string   `json:"products,omitempty"`
}

var promotionColumns = []column[promotionRow]{
	{name: "id", at: func(p *promotionRow) any { return &p.ID }, need: true},
	{name: "code", at: func(p *promotionRow) any { return &p.Code }},
	{name: "code_max_uses", at: func(p *promotionRow) any { return &p.MaxUses }},
	{name: "title", at: func(p *promotionRow) any { return &p.Title }},
	{name: "kind", at: func(p *promotionRow) any { return &p.Kind }},
	{name: "automatic", at: func(p *promotionRow) any { return &p.Automatic }},
	{name: "active", at: func(p *promotionRow) any { return &p.Active }},
	{name: "exclusive", at: func(p *promotionRow) any { return &p.Exclusive }},
	{name: "priority", at: func(p *promotionRow) any { return &p.Priority }},
	{name: "terms", at: func(p *promotionRow) any { return &p.Terms }},
	{name: "budget", at: func(p *promotionRow) any { return &p.Budget }},
	{name: "starts_at", at: func(p *promotionRow) any { return &p.StartsAt }},
	{name: "ends_at", at: func(p *promotionRow) any { return &p.EndsAt }},
}

var promotions = table[promotionRow]{name: "promotions",
	columns: func(bool) []column[promotionRow] { return promotionColumns },
	source: func(s *Service, o Export) func(ctx context.Context) ([]promotionRow, error) {
		return (&promotionSource{s: s, since: o.Since, paths: &paths{read: s.DB.Read()}}).next
	},
	sink: func(l *loading) sink[promotionRow] {
		return func(ctx context.Context, tx store.Stores, rows []promotionRow) (outcomes []Outcome, err error) {
			for _, r := range rows {
				put := putPromotion
				if r.Code != "" {
					put = putCode
				}
				o, err := put(ctx, tx, l, r)
				if err != nil {
					return nil, err
				}
				outcomes = append(outcomes, o)
			}
			return outcomes, nil
		}
	}}

// promotionSource gives a promotion and then its codes, a page at a time.
type promotionSource struct {
	s           *Service
	since       time.Time
	paths       *paths
	after, code string // the promotion whose codes are read, and how far
}

func (x *promotionSource) next(ctx context.Context) ([]promotionRow, error) {
	read := x.s.DB.Read()
	if x.after != "" {
		codes, err := read.Promotions.Codes(ctx, x.after, x.code, page)
		if err != nil {
			return nil, err
		}
		var rows []promotionRow
		for _, c := range codes {
			rows = append(rows, promotionRow{ID: c.PromotionID, Code: c.Code, MaxUses: c.MaxUses})
			x.code = c.Code
		}
		if len(rows) > 0 {
			return rows, nil
		}
	}
	for {
		list, err := read.Promotions.Page(ctx, x.after, 1)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		if x.after, x.code = list[0].ID, ""; list[0].UpdatedAt.Before(x.since) {
			continue
		}
		row, err := promotionOf(ctx, read, x.paths, list[0])
		return []promotionRow{row}, err
	}
}

func promotionOf(ctx context.Context, tx store.Stores, paths *paths, p promotion.Promotion) (promotionRow, error) {
	r := promotionRow{ID: p.ID, Title: p.Title, Kind: string(p.Kind), Automatic: p.Automatic, Active: p.Active, Exclusive: p.Exclusive, Priority: p.Priority,
		Terms: termsRow{Terms: p.Terms}, Budget: p.Budget, StartsAt: p.StartsAt, EndsAt: p.EndsAt}
	for _, id := range p.Terms.CategoryIDs {
		path, err := paths.of(ctx, id)
		if err != nil {
			return r, err
		}
		if len(path) > 0 { // one that was deleted holds for nothing
			r.Terms.Categories = append(r.Terms.Categories, path)
		}
	}
	found, err := tx.Catalog.Find(ctx, p.Terms.ProductIDs, nil, nil)
	for _, product := range found {
		r.Terms.Products = append(r.Terms.Products, product.Slug)
	}
	slices.Sort(r.Terms.Products)
	r.Terms.CategoryIDs, r.Terms.ProductIDs = nil, nil
	return r, err
}

func putPromotion(ctx context.Context, tx store.Stores, l *loading, r promotionRow) (o Outcome, err error) {
	o.Key = r.ID
	next, err := r.promotion(ctx, tx)
	if err != nil {
		return o, err
	}
	old, err := tx.Promotions.Get(ctx, r.ID)
	if o.New = fault.KindOf(err) == fault.NotFound; o.New {
		next.UpdatedAt = l.now
		return o, tx.Promotions.Insert(ctx, next)
	}
	if err != nil {
		return o, err
	}
	was, err := promotionOf(ctx, tx, &paths{read: tx}, old)
	if err != nil {
		return o, err
	}
	slices.Sort(r.Terms.Products)
	if o.Differences, err = differences(promotionColumns, &was, &r); err != nil || len(o.Differences) == 0 {
		return o, err
	}
	next.Version, next.UpdatedAt = old.Version+1, l.now
	return o, tx.Promotions.Update(ctx, next)
}

func (r promotionRow) promotion(ctx context.Context, tx store.Stores) (p promotion.Promotion, err error) {
	invalid := func(field, format string, args ...any) error {
		return fault.Field("promotion-invalid", field, format, args...)
	}
	id, err := uuid.Parse(r.ID)
	switch b := r.Budget; {
	case err != nil || id.String() != r.ID:
		return p, invalid("id", "%.60q is not an id such as 01890a5d-ac96-774b-bcce-b302099a8057", r.ID)
	case r.Title == "" || utf8.RuneCountInString(r.Title) > 200:
		return p, invalid("title", "a title of 1 to 200 characters is needed")
	case !slices.Contains(promotion.Kinds, promotion.Kind(r.Kind)):
		return p, invalid("kind", "%.20q is not one of %v", r.Kind, promotion.Kinds)
	case min(b.Uses, b.Minor, b.PerCustomer) < 0:
		return p, invalid("budget", "a limit below zero is not possible; 0 is without limit")
	case len(r.Terms.CategoryIDs)+len(r.Terms.ProductIDs) > 0:
		return p, invalid("terms", "name categories by titles (categories) and products by slug (products)")
	}
	p = promotion.Promotion{ID: r.ID, Title: r.Title, Kind: promotion.Kind(r.Kind), Automatic: r.Automatic, Active: r.Active, Exclusive: r.Exclusive, Priority: r.Priority,
		Terms: r.Terms.Terms, Budget: r.Budget, StartsAt: r.StartsAt, EndsAt: r.EndsAt}
	found, err := tx.Catalog.Find(ctx, nil, r.Terms.Products, nil)
	if err != nil {
		return p, err
	}
	for _, slug := range r.Terms.Products {
		i := slices.IndexFunc(found, func(p catalog.Product) bool { return p.Slug == slug })
		if i < 0 {
			return p, invalid("terms", "there is no product %.120s", slug)
		}
		p.Terms.ProductIDs = append(p.Terms.ProductIDs, found[i].ID)
	}
	if len(r.Terms.Categories) == 0 {
		return p, nil
	}
	known := &paths{read: tx}
	if _, err := known.of(ctx, ""); err != nil {
		return p, err
	}
	for _, path := range r.Terms.Categories {
		id := known.find(path)
		if id == "" {
			return p, invalid("terms", "there is no category %.300s", strings.Join(path, " > "))
		}
		p.Terms.CategoryIDs = append(p.Terms.CategoryIDs, id)
	}
	return p, nil
}

// find returns the id of the category at the end of titles, "" if there is none.
func (p *paths) find(titles []string) string {
	for id, path := range p.byID {
		if slices.EqualFunc(path, titles, strings.EqualFold) {
			return id
		}
	}
	return ""
}

func putCode(ctx context.Context, tx store.Stores, _ *loading, r promotionRow) (o Outcome, err error) {
	o.Key = r.Code
	switch {
	case promotion.Normal(r.Code) != r.Code || utf8.RuneCountInString(r.Code) > 40:
		return o, fault.Field("promotion-invalid", "code", "%.60q is not in upper case, or has more than 40 characters", r.Code)
	case r.MaxUses < 0:
		return o, fault.Field("promotion-invalid", "code_max_uses", "a limit below zero is not possible; 0 is without limit")
	}
	have, err := tx.Promotions.ByCodes(ctx, []string{r.Code})
	if err != nil {
		return o, err
	}
	if o.New = len(have) == 0; !o.New {
		if c := have[0].Code; c.PromotionID == r.ID && c.MaxUses == r.MaxUses {
			return o, nil
		}
		o.Differences = []string{"code_max_uses"}
	}
	return o, tx.Promotions.PutCode(ctx, promotion.Code{Code: r.Code, PromotionID: r.ID, MaxUses: r.MaxUses})
}
