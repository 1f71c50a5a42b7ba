package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

func editRace(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	p := s.sell(t, "staff", 1000, 1)
	for range rounds {
		p, err := s.db.Read().Catalog.Load(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int64
		each(crowd, func(i int) {
			mine := p
			mine.Title = fmt.Sprintf("Mug of %d", i)
			switch _, err := s.editor().UpdateProduct(ctx, fmt.Sprint("staff ", i), mine); fault.Code(err) {
			case "":
				if err != nil {
					t.Errorf("told: %v", err)
				}
				won.Add(1)
			case "changed-meanwhile":
			default:
				t.Errorf("told: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("%d edits of one version went through", won.Load())
		}
	}
	if actions, _ := s.audited(t, p.ID); len(actions) != rounds {
		t.Errorf("%d rounds left %d audit entries", rounds, len(actions))
	}
}

func moveRace(t *testing.T, s *shop, rounds int) {
	ctx, e := context.Background(), s.editor()
	for round := range rounds {
		ring := make([]catalog.Category, 4)
		for i := range ring {
			ring[i] = s.plant(t, "", fmt.Sprintf("ring-%d-%d", round, i))
		}
		each(crowd, func(i int) { // each below the next, around
			from, to := ring[i%len(ring)], ring[(i+1)%len(ring)]
			err := e.MoveCategory(ctx, "ada", from.ID, to.ID, 1)
			if code := fault.Code(err); err != nil && code != "category-cycle" && code != "changed-meanwhile" {
				t.Errorf("told: %v", err)
			}
		})
		list, err := s.db.Read().Catalog.Categories(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if want := 1 + len(ring)*(round+1); len(list) != want { // a circle hangs on no root, so it is not read
			t.Fatalf("%d of %d categories hang on a root", len(list), want)
		}
	}
	s.relist(t)
}

func taskRace(t *testing.T, s *shop, _ int) {
	ctx := context.Background()
	s.stockShelf(t, 300)
	s.in(t, func(tx store.Stores) error {
		return tx.Catalog.AddTask(ctx, catalog.Task{ID: newID(), Kind: catalog.OfCategory, TargetID: "cat-mugs", Force: true, DueAt: s.now()})
	})
	each(crowd, func(int) {
		if err := s.relister().Run(ctx); err != nil {
			t.Errorf("told: %v", err)
		}
	})
	page, err := s.db.Read().Catalog.Page(ctx, "", 400)
	if err != nil || len(page) != 300 {
		t.Fatalf("%d products, %v", len(page), err)
	}
	for _, p := range page {
		if p.Version != 2 {
			t.Fatalf("%s was done %d times", p.Slug, p.Version-1)
		}
	}
}

func deleteAgainstPut(t *testing.T, s *shop, rounds int) {
	ctx, e := context.Background(), s.editor()
	for round := range rounds {
		c := s.plant(t, "", fmt.Sprintf("soon-gone-%d", round))
		var put, deleted atomic.Int64
		each(crowd, func(i int) {
			var err error
			if i%2 == 0 {
				p := mug("GONE-"+name(round, i), 1000, "red")
				p.CategoryID = c.ID
				if err = s.try(func(ctx context.Context, tx catalog.Store) error { return tx.Put(ctx, p) }); err == nil {
					put.Add(1)
				}
			} else if err = e.DeleteCategory(ctx, "ada", c.ID, 1); err == nil {
				deleted.Add(1)
			}
			if code := fault.Code(err); err != nil && code != "category-not-found" && code != "category-not-empty" && code != "changed-meanwhile" {
				t.Errorf("told: %v", err)
			}
		})
		if (put.Load() > 0) == (deleted.Load() > 0) {
			t.Fatalf("%d products went into a category that was deleted %d times", put.Load(), deleted.Load())
		}
	}
}
