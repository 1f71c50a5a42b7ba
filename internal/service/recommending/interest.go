package recommending

import (
	"context"
	"maps"
	"slices"
	"time"

	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/recommend"
	"tradewind/internal/domain/stream"
	"tradewind/internal/store"
)

// InterestGroup reads the stream for popularity, under this name everywhere.
const InterestGroup = "interest"

// Interested counts the products that were looked at, by records of a log. Each
// record is counted once, however often it comes and also if the group is moved
// back: how far it has counted is written with the counts. The error's code is
// "changed-meanwhile" if another process counts the same; the records come again.
func (s *Service) Interested(ctx context.Context, log string, records []stream.Record) error {
	read := s.DB.Read()
	marks, err := read.Facts.Marks(ctx, InterestGroup, log)
	if err != nil {
		return err
	}
	next, views, at := s.count(records, marks)
	if len(next) == 0 {
		return nil
	}
	listed, err := read.Recommend.Listed(ctx, slices.Sorted(maps.Keys(views)))
	if err != nil {
		return err
	}
	var viewed []recommend.Viewed
	for id, categories := range listed {
		viewed = append(viewed, recommend.Viewed{ProductID: id, CategoryIDs: categories, Views: views[id]})
	}
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		for _, p := range slices.Sorted(maps.Keys(next)) {
			if err := tx.Facts.Advance(ctx, InterestGroup, log, p, marks[p], next[p]); err != nil {
				return err
			}
		}
		return tx.Recommend.Looked(ctx, viewed, at)
	})
}

// count counts what is beyond the marks: how far each partition goes, how often
// each product was looked at, and when at last. A visitor counts once for a product.
func (s *Service) count(records []stream.Record, marks map[int]int64) (next map[int]int64, views map[string]int64, at time.Time) {
	next, views = map[int]int64{}, map[string]int64{}
	type look struct{ visitor, product string }
	seen, ids := map[look]bool{}, map[string]bool{}
	for _, r := range records {
		if r.Offset < marks[r.Partition] {
			continue
		}
		next[r.Partition] = max(next[r.Partition], r.Offset+1)
		e, err := fact.Read(r)
		if err != nil || !e.Is(fact.ProductViewed) || ids[e.ID] { // what is no event tells nothing
			continue
		}
		ids[e.ID] = true
		v, ok := fact.Data[fact.View](e)
		who := look{v.Visitor, v.ProductID}
		if !ok || v.ProductID == "" || v.Visitor != "" && seen[who] {
			continue
		}
		seen[who] = true
		views[v.ProductID]++
		if e.Time.After(at) {
			at = e.Time
		}
	}
	if now := s.Now(); at.After(now) { // by another clock
		at = now
	}
	return next, views, at
}
