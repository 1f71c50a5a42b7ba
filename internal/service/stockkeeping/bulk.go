package stockkeeping

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Row is one change of many: Qty is what is on hand from now on, or, with
// Relative, what is added to it.
type Row struct {
	SKU      string
	Location string // its code; "" is Main
	Qty      int64
	Relative bool
}

// Result is what became of a row. Code and Detail are those of its error, "" if
// there was none.
type Result struct {
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Bulk changes many levels, a chunk of rows in one transaction. A row that is
// refused leaves the others alone; its result says why. With a key, a second
// call goes on where the first was interrupted.
func (s *Service) Bulk(ctx context.Context, by By, rows []Row, note string) ([]Result, error) {
	locations, err := s.DB.Read().Stock.Locations(ctx)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{"": inventory.Main, inventory.Main: inventory.Main}
	for _, l := range locations {
		ids[l.Code] = l.ID
	}
	order := make([]int, len(rows)) // of SKU and place: the order in which rows are locked
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rows[a].SKU, rows[b].SKU), cmp.Compare(ids[rows[a].Location], ids[rows[b].Location]))
	})
	results := make([]Result, len(rows))
	for no, part := range slices.Collect(slices.Chunk(order, chunk)) {
		by := by
		if by.Once.Key != "" {
			by.Once.Key = fmt.Sprintf("%s/%d", by.Once.Key, no)
		}
		some, err := s.bulkChunk(ctx, by, rows, part, ids, note)
		if err != nil {
			return results, err
		}
		for i, at := range part {
			results[at] = some[i]
		}
	}
	return results, nil
}

func (s *Service) bulkChunk(ctx context.Context, by By, rows []Row, part []int, ids map[string]string, note string) ([]Result, error) {
	return do(ctx, s, by, func(tx store.Stores, now time.Time) (d deed[[]Result], err error) {
		id := s.NewID()
		for _, at := range part {
			err := change(ctx, tx, rows[at], ids, inventory.Movement{Reason: inventory.Adjust, Note: note, Actor: by.Actor, Reference: id, MovedAt: now})
			r, err := resultOf(err)
			if err != nil {
				return d, err
			}
			if d.answer = append(d.answer, r); r.Code == "" {
				d.moved = append(d.moved, rows[at].SKU)
			}
		}
		d.moved = slices.Compact(d.moved)
		d.action, d.subject, d.details = "stock.bulk", id, map[string]any{"rows": len(part), "changed": len(d.moved), "note": note}
		return d, nil
	})
}

func change(ctx context.Context, tx store.Stores, r Row, ids map[string]string, m inventory.Movement) error {
	at, ok := ids[r.Location]
	if !ok {
		return inventory.NoLocation(r.Location)
	}
	m.Place = inventory.Place{SKU: r.SKU, Location: at}
	switch {
	case !r.Relative && (r.Qty < 0 || r.Qty > 999_999_999_999):
		return fault.New(fault.Invalid, "stock-qty", "%d is not a number of pieces.", r.Qty)
	case !r.Relative:
		return tx.Stock.Set(ctx, m, r.Qty)
	}
	m.OnHandDelta = r.Qty
	return tx.Stock.Move(ctx, m)
}

// resultOf keeps what is wrong with a row apart from what is wrong with the shop.
func resultOf(err error) (Result, error) {
	e, known := errors.AsType[*fault.Error](err)
	if !known || e.Kind == fault.Internal || e.Kind == fault.Unavailable {
		return Result{}, err
	}
	return Result{Code: e.Code, Detail: e.Detail}, nil
}
