package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/store"
)

func (s *shop) editor() *merchandising.Editor {
	return &merchandising.Editor{DB: s.db, Now: s.now, NewID: newID}
}

func (s *shop) relister() *merchandising.Relister {
	return &merchandising.Relister{DB: s.db, Now: s.now, NewID: newID}
}

// relist does all tasks, those for later too.
func (s *shop) relist(t testing.TB) {
	t.Helper()
	s.pass(2 * time.Minute)
	if err := s.relister().Run(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// plant puts a category below another.
func (s *shop) plant(t testing.TB, parent, slug string) catalog.Category {
	t.Helper()
	c, err := s.editor().CreateCategory(context.Background(), "ada", catalog.Category{ParentID: parent, Slug: slug, Title: strings.ToUpper(slug)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// listedIn is how many products the category lists.
func (s *shop) listedIn(t testing.TB, category string) int {
	t.Helper()
	list, err := s.db.Read().Catalog.List(context.Background(), catalog.Filter{CategoryID: category, Currency: "EUR", MaxMinor: money.Max, Sort: catalog.Newest, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// audited returns what was done to subject, and the last entry about it.
func (s *shop) audited(t testing.TB, subject string) (actions []string, last audit.Record) {
	t.Helper()
	page, err := s.db.Read().Audit.Page(context.Background(), audit.ChainOf(subject), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page {
		if r.Subject == subject {
			actions, last = append(actions, r.Action), r
		}
	}
	return actions, last
}

func categoryMoves(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	room, other := s.plant(t, "", "room"), s.plant(t, "", "other")
	aisle := s.plant(t, room.ID, "aisle")
	shelf := s.plant(t, aisle.ID, "shelf")
	s.in(t, func(tx store.Stores) error {
		for i := range 120 { // more than two chunks
			p := mug(fmt.Sprintf("MOVE-%03d", i), 1000, "red")
			if p.CategoryID = shelf.ID; i%2 == 0 {
				p.CategoryID = aisle.ID
			}
			if err := tx.Catalog.Put(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	for want, parent := range map[string]string{"category-cycle": shelf.ID, "category-not-found": "nowhere"} {
		if err := e.MoveCategory(ctx, "ada", room.ID, parent, 1); fault.Code(err) != want {
			t.Errorf("move below %s: %v", parent, err)
		}
	}
	if err := e.MoveCategory(ctx, "ada", room.ID, room.ID, 1); fault.Code(err) != "category-cycle" {
		t.Errorf("move below itself: %v", err)
	}
	if err := e.MoveCategory(ctx, "ada", aisle.ID, other.ID, 7); fault.Code(err) != "changed-meanwhile" {
		t.Errorf("move of another version: %v", err)
	}
	before, err := s.db.Read().Outbox.Backlog(ctx, s.now())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.MoveCategory(ctx, "ada", aisle.ID, other.ID, 1); err != nil {
		t.Fatal(err)
	}
	if a, b := s.listedIn(t, room.ID), s.listedIn(t, other.ID); a != 100 || b != 0 {
		t.Errorf("right after the move the old place lists %d and the new one %d", a, b)
	}
	s.relist(t)
	if a, b, c, d := s.listedIn(t, room.ID), s.listedIn(t, other.ID), s.listedIn(t, shelf.ID), s.listedIn(t, catalog.All); a != 0 || b != 100 || c != 60 || d != 100 {
		t.Errorf("then the old place lists %d, the new one %d, the shelf %d, the shop %d", a, b, c, d)
	}
	after, err := s.db.Read().Outbox.Backlog(ctx, s.now())
	if err != nil || after.Pending-before.Pending != 121 { // the move and each product once, although it was gone over twice
		t.Errorf("%d facts were told, %v", after.Pending-before.Pending, err)
	}
	s.agrees(t)
	deep := other.ID
	for i := range 18 {
		deep = s.plant(t, deep, fmt.Sprintf("deep-%d", i)).ID
	}
	if err := e.MoveCategory(ctx, "ada", aisle.ID, deep, 2); fault.Code(err) != "category-too-deep" { // 19 levels and 2
		t.Errorf("move below the bottom: %v", err)
	}
	bottom := s.plant(t, deep, "bottom")
	if _, err := e.CreateCategory(ctx, "ada", catalog.Category{ParentID: bottom.ID, Slug: "below", Title: "Below"}); fault.Code(err) != "category-too-deep" {
		t.Errorf("plant below the bottom: %v", err)
	}
}

func categoryNotEmpty(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	p := s.sell(t, "KEEP", 1000, 1)
	room := s.plant(t, "", "room")
	aisle := s.plant(t, room.ID, "aisle")
	for id, version := range map[string]int64{room.ID: 1, "cat-mugs": 1} {
		if err := e.DeleteCategory(ctx, "ada", id, version); fault.Code(err) != "category-not-empty" {
			t.Errorf("delete what holds something: %v", err)
		}
	}
	if err := e.DeleteCategory(ctx, "ada", aisle.ID, 2); fault.Code(err) != "changed-meanwhile" {
		t.Errorf("delete another version: %v", err)
	}
	for _, id := range []string{aisle.ID, room.ID} {
		if err := e.DeleteCategory(ctx, "ada", id, 1); err != nil {
			t.Error(err)
		}
	}
	if err := e.DeleteCategory(ctx, "ada", room.ID, 1); fault.Code(err) != "category-not-found" {
		t.Errorf("delete it again: %v", err)
	}
	if got, err := s.db.Read().Catalog.Load(ctx, p.ID); err != nil || got.CategoryID != "cat-mugs" {
		t.Errorf("the product is in %s, %v", got.CategoryID, err)
	}
}

func taskResumes(t *testing.T, s *shop) {
	ctx := context.Background()
	s.stockShelf(t, 120)
	s.in(t, func(tx store.Stores) error {
		return tx.Catalog.AddTask(ctx, catalog.Task{ID: newID(), Kind: catalog.OfAll, TargetID: "all", Force: true, DueAt: s.now()})
	})
	due := func() []catalog.Task {
		t.Helper()
		list, err := s.db.Read().Catalog.DueTasks(ctx, s.now(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	first := due()[0]
	next, mine, err := s.relister().Step(ctx, first)
	if err != nil || !mine || next == "" {
		t.Fatalf("the first chunk = %q, %v, %v", next, mine, err)
	}
	if again, mine, err := s.relister().Step(ctx, first); err != nil || mine {
		t.Errorf("the first chunk a second time = %q, %v, %v", again, mine, err)
	}
	if left := due(); len(left) != 1 || left[0].After != next {
		t.Fatalf("what is left is %+v", left)
	}
	if err := s.relister().Run(ctx); err != nil {
		t.Fatal(err)
	}
	if left := due(); len(left) != 0 {
		t.Errorf("at the end is left %+v", left)
	}
	page, err := s.db.Read().Catalog.Page(ctx, "", 200)
	if err != nil || len(page) != 120 {
		t.Fatalf("%d products, %v", len(page), err)
	}
	for _, p := range page {
		if p.Version != 2 {
			t.Fatalf("%s was done %d times", p.Slug, p.Version-1)
		}
	}
}

func brandReachesIndex(t *testing.T, s *shop) {
	ctx := context.Background()
	p := s.sell(t, "LOGO", 1000, 1)
	p, err := s.db.Read().Catalog.Load(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.editor().UpdateBrand(ctx, "ada", catalog.Brand{ID: p.BrandID, Slug: "brine", Title: "Salt", Version: 1})
	if err != nil || b.Version != 2 {
		t.Fatalf("UpdateBrand = %+v, %v", b, err)
	}
	s.relist(t)
	if got, err := s.db.Read().Catalog.Load(ctx, p.ID); err != nil || got.Brand != "Salt" || got.Version != 2 {
		t.Errorf("the product is %q, version %d, %v", got.Brand, got.Version, err)
	}
	if actions, last := s.audited(t, b.ID); !slices.Equal(actions, []string{"brand.update"}) || string(last.Details) != `{"title":{"from":"Brine","to":"Salt"}}` {
		t.Errorf("the audit says %v %s", actions, last.Details)
	}
}

func editProduct(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	in := mug("edit", 1000, "red")
	in.ID, in.Version, in.PublishedAt = "chosen by a stranger", 77, start.Add(-time.Hour)
	p, err := e.CreateProduct(ctx, "ada", in)
	if err != nil || p.Version != 1 || p.ID == in.ID || p.PublishedAt.Before(start) || p.BrandID == "" {
		t.Fatalf("CreateProduct = %+v, %v", p, err)
	}
	p.Title = "A better mug"
	p.Variants[0].Prices[0].Minor = 1100
	q, err := e.UpdateProduct(ctx, "bob", p)
	if err != nil || q.Version != 2 || q.Title != p.Title {
		t.Fatalf("UpdateProduct = %+v, %v", q, err)
	}
	actions, last := s.audited(t, p.ID)
	if !slices.Equal(actions, []string{"product.create", "product.update"}) || last.Actor != "bob" {
		t.Errorf("the audit says %v by %s", actions, last.Actor)
	}
	if d := string(last.Details); !strings.Contains(d, `"title":{"from":"Mug edit","to":"A better mug"}`) || !strings.Contains(d, "variant edit") || strings.Contains(d, "attributes") {
		t.Errorf("the audit says %s", d)
	}
	for want, change := range map[string]func(p *catalog.Product){
		"changed-meanwhile":  func(p *catalog.Product) { p.Version = 1 },
		"product-not-found":  func(p *catalog.Product) { p.ID = newID() },
		"product-invalid":    func(p *catalog.Product) { p.Title = "" },
		"attribute-invalid":  func(p *catalog.Product) { p.Attributes = []catalog.Attribute{{Name: "volume", Text: "much"}} },
		"category-not-found": func(p *catalog.Product) { p.CategoryID = newID() },
		"brand-not-found":    func(p *catalog.Product) { p.BrandID = newID() },
	} {
		bad := q
		change(&bad)
		if _, err := e.UpdateProduct(ctx, "bob", bad); fault.Code(err) != want {
			t.Errorf("told %v, want %s", err, want)
		}
	}
	if got, err := s.db.Read().Catalog.Load(ctx, p.ID); err != nil || got.Version != 2 {
		t.Errorf("after all refusals the version is %d, %v", got.Version, err)
	}
	s.agrees(t)
}

func editArchived(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	p := s.sell(t, "archive", 1000, 3)
	p, err := e.ArchiveProduct(ctx, "ada", p.ID, 1)
	if err != nil || p.Status != catalog.Archived || p.Version != 2 || len(p.Variants) != 1 || p.Variants[0].OnHand != 3 {
		t.Fatalf("ArchiveProduct = %+v, %v", p, err)
	}
	if n := s.listedIn(t, catalog.All); n != 0 {
		t.Errorf("%d are listed", n)
	}
	p.Title = "Another"
	if _, err := e.UpdateProduct(ctx, "ada", p); fault.Code(err) != "product-archived" {
		t.Errorf("a change of what is archived: %v", err)
	}
	p.Status = catalog.Active
	if p, err = e.UpdateProduct(ctx, "ada", p); err != nil || p.Title != "Another" || s.listedIn(t, catalog.All) != 1 {
		t.Errorf("back again: %+v, %v", p, err)
	}
}

func editCategory(t *testing.T, s *shop) {
	ctx, e := context.Background(), s.editor()
	p := s.sell(t, "label", 1000, 3)
	c := s.plant(t, "cat-mugs", "cups")
	c.Title = "Cups"
	c, err := e.UpdateCategory(ctx, "ada", c)
	if err != nil || c.Version != 2 || c.ParentID != "cat-mugs" {
		t.Fatalf("UpdateCategory = %+v, %v", c, err)
	}
	if c, err = e.DeclareAttribute(ctx, "ada", c.ID, 2, catalog.AttributeDef{Name: "glaze", Label: "Glaze", Kind: catalog.Choice, Choices: []string{"matt", "gloss"}}); err != nil {
		t.Fatal(err)
	}
	for want, d := range map[string]catalog.AttributeDef{"category-invalid": {Name: "x", Label: "X", Kind: "colour"}, "changed-meanwhile": {Name: "x", Label: "X", Kind: catalog.Text}} {
		version := c.Version
		if want == "changed-meanwhile" {
			version--
		}
		if _, err := e.DeclareAttribute(ctx, "ada", c.ID, version, d); fault.Code(err) != want {
			t.Errorf("told %v, want %s", err, want)
		}
	}
	p.CategoryID, p.Attributes = c.ID, []catalog.Attribute{{Name: "glaze", Text: "rough"}}
	if _, err := e.UpdateProduct(ctx, "ada", p); fault.Code(err) != "attribute-invalid" || !strings.Contains(err.Error(), "matt, gloss") {
		t.Errorf("told %v", err)
	}
	if _, err := e.RemoveAttribute(ctx, "ada", c.ID, c.Version, "shine"); fault.Code(err) != "attribute-not-found" {
		t.Errorf("told %v", err)
	}
	if c, err = e.RemoveAttribute(ctx, "ada", c.ID, c.Version, "glaze"); err != nil || len(c.Attributes) != 0 {
		t.Errorf("RemoveAttribute = %+v, %v", c, err)
	}
	if _, err := e.UpdateProduct(ctx, "ada", p); err != nil {
		t.Errorf("what nobody declares may be anything: %v", err)
	}
	if actions, _ := s.audited(t, c.ID); !slices.Equal(actions, []string{"category.create", "category.update", "category.update", "category.update"}) {
		t.Errorf("the audit says %v", actions)
	}
}
