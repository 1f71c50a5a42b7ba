package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// stockRow is what is on hand of a SKU at a location, or, without a location,
// how the SKU is sold.
type stockRow struct {
	SKU, Location     string // the location's code
	OnHand            int64
	Tracking          string
	Backorder, Safety int64
	Low               *int64
	Parts             []part
}

// part is a component of a bundle.
type part struct {
	SKU string `json:"sku"`
	Qty int64  `json:"qty"`
}

var stockColumns = []column[stockRow]{
	{name: "sku", at: func(r *stockRow) any { return &r.SKU }, need: true},
	{name: "location", at: func(r *stockRow) any { return &r.Location }},
	{name: "on_hand", at: func(r *stockRow) any { return &r.OnHand }},
	{name: "tracking", at: func(r *stockRow) any { return &r.Tracking }},
	{name: "backorder_limit", at: func(r *stockRow) any { return &r.Backorder }},
	{name: "safety", at: func(r *stockRow) any { return &r.Safety }},
	{name: "low_level", at: func(r *stockRow) any { return &r.Low }},
	{name: "parts", at: func(r *stockRow) any { return &r.Parts }},
}

var stock = table[stockRow]{name: "stock",
	columns: func(bool) []column[stockRow] { return stockColumns },
	source: func(s *Service, _ Export) func(ctx context.Context) ([]stockRow, error) {
		return (&stockSource{s: s}).next
	},
	sink: func(l *loading) sink[stockRow] {
		return func(ctx context.Context, tx store.Stores, rows []stockRow) ([]Outcome, error) {
			return putStock(ctx, tx, l, rows)
		}
	}}

// stockSource reads policies, which know of bundles and of what is not counted,
// before levels, a location after the other.
type stockSource struct {
	s         *Service
	after     string
	policies  bool // read to their end
	locations []inventory.Location
}

func (x *stockSource) next(ctx context.Context) ([]stockRow, error) {
	read := x.s.DB.Read().Stock
	if !x.policies {
		rows, err := x.policyRows(ctx, read)
		if err != nil || len(rows) > 0 {
			return rows, err
		}
		x.policies, x.after = true, ""
		if x.locations, err = read.Locations(ctx); err != nil {
			return nil, err
		}
		slices.SortFunc(x.locations, func(a, b inventory.Location) int { return cmp.Compare(a.Code, b.Code) })
	}
	for len(x.locations) > 0 {
		levels, err := read.LevelsAt(ctx, x.locations[0].ID, x.after, page)
		if err != nil {
			return nil, err
		}
		if len(levels) == 0 {
			x.locations, x.after = x.locations[1:], ""
			continue
		}
		rows := make([]stockRow, len(levels))
		for i, v := range levels {
			rows[i] = stockRow{SKU: v.SKU, Location: x.locations[0].Code, OnHand: v.OnHand}
		}
		x.after = levels[len(levels)-1].SKU
		return rows, nil
	}
	return nil, nil
}

func (x *stockSource) policyRows(ctx context.Context, read inventory.Store) ([]stockRow, error) {
	list, err := read.ListPolicies(ctx, x.after, page)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	x.after = list[len(list)-1].SKU
	var bundles []string
	for _, p := range list {
		if p.Tracking == inventory.AsBundle {
			bundles = append(bundles, p.SKU)
		}
	}
	parts, err := read.Bundles(ctx, bundles)
	if err != nil {
		return nil, err
	}
	rows := make([]stockRow, len(list))
	for i, p := range list {
		rows[i] = policyRow(p, parts[p.SKU])
	}
	return rows, nil
}

func policyRow(p inventory.Policy, parts []inventory.Component) stockRow {
	r := stockRow{SKU: p.SKU, Tracking: string(p.Tracking), Backorder: p.Backorder, Safety: p.Safety, Low: p.Low}
	for _, c := range parts {
		r.Parts = append(r.Parts, part{c.SKU, c.Qty})
	}
	return r
}

func putStock(ctx context.Context, tx store.Stores, l *loading, rows []stockRow) ([]Outcome, error) {
	ids, err := locationIDs(ctx, tx)
	if err != nil {
		return nil, err
	}
	order := make([]int, len(rows)) // in which the database is locked
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rows[a].SKU, rows[b].SKU), cmp.Compare(ids[rows[a].Location], ids[rows[b].Location]))
	})
	outcomes := make([]Outcome, len(rows))
	var moved []string
	for _, i := range order {
		put := putLevel
		if rows[i].Location == "" {
			put = putPolicy
		}
		if outcomes[i], err = put(ctx, tx, l, rows[i], ids); err != nil {
			return nil, err
		}
		if outcomes[i].New || len(outcomes[i].Differences) > 0 {
			moved = append(moved, rows[i].SKU)
		}
	}
	if len(moved) == 0 {
		return outcomes, nil
	}
	return outcomes, tx.Outbox.Add(ctx, inventory.EventMoved(l.s.NewID(), slices.Compact(moved), l.now))
}

func locationIDs(ctx context.Context, tx store.Stores) (map[string]string, error) {
	list, err := tx.Stock.Locations(ctx)
	ids := map[string]string{inventory.Main: inventory.Main}
	for _, at := range list {
		ids[at.Code] = at.ID
	}
	return ids, err
}

// putLevel makes what is on hand what the row says, through the ledger. A
// location that is not there is opened, behind those that are.
func putLevel(ctx context.Context, tx store.Stores, l *loading, r stockRow, ids map[string]string) (Outcome, error) {
	o := Outcome{Key: r.SKU + " at " + r.Location}
	if r.OnHand < 0 || r.OnHand > 999_999_999_999 {
		return o, fault.Field("stock-qty", "on_hand", "%d is not a number of pieces", r.OnHand)
	}
	if ids[r.Location] == "" {
		at := inventory.Location{ID: l.s.NewID(), Code: r.Location, Name: r.Location, Priority: 100, Active: true}
		if err := tx.Stock.PutLocation(ctx, at); err != nil {
			return o, err
		}
		ids[r.Location] = at.ID
	}
	levels, err := tx.Stock.LevelsOf(ctx, r.SKU)
	if err != nil {
		return o, err
	}
	i := slices.IndexFunc(levels, func(v inventory.LevelAt) bool { return v.Location == ids[r.Location] })
	switch {
	case i < 0:
		o.New = true
	case levels[i].OnHand == r.OnHand:
		return o, nil
	default:
		o.Differences = []string{fmt.Sprintf("on_hand: %d -> %d", levels[i].OnHand, r.OnHand)}
	}
	return o, tx.Stock.Set(ctx, inventory.Movement{Place: inventory.Place{SKU: r.SKU, Location: ids[r.Location]}, Reason: inventory.Adjust, Note: "import",
		Reference: l.run.ID, Actor: l.in.Actor, MovedAt: l.now}, r.OnHand)
}

func putPolicy(ctx context.Context, tx store.Stores, _ *loading, r stockRow, _ map[string]string) (Outcome, error) {
	o := Outcome{Key: r.SKU}
	old, err := tx.Stock.Policy(ctx, r.SKU)
	if err != nil {
		return o, err
	}
	parts, err := tx.Stock.Bundles(ctx, []string{r.SKU})
	if err != nil {
		return o, err
	}
	was := policyRow(old, parts[r.SKU])
	if o.New = old.Version == 0; !o.New {
		if o.Differences, err = differences(stockColumns, &was, &r); err != nil || len(o.Differences) == 0 {
			return o, err
		}
	}
	if r.Tracking == string(inventory.AsBundle) || len(parts[r.SKU]) > 0 {
		var next []inventory.Component
		for _, c := range r.Parts {
			next = append(next, inventory.Component(c))
		}
		if err := tx.Stock.PutBundle(ctx, r.SKU, next, inventory.AnyVersion); err != nil || len(next) > 0 {
			return o, err
		}
		old.Version = 0
	}
	return o, tx.Stock.PutPolicy(ctx, inventory.Policy{SKU: r.SKU, Tracking: inventory.Tracking(cmp.Or(r.Tracking, string(inventory.Counted))), Backorder: r.Backorder, Safety: r.Safety,
		Low: r.Low, Version: old.Version})
}
