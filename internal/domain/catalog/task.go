package catalog

import (
	"context"
	"time"
)

// TaskKind says which products a task goes over.
type TaskKind string

// Tasks go over one product, over those of a category and of the categories
// below it, over those of a brand, or over all.
const (
	OfProduct  TaskKind = "product"
	OfCategory TaskKind = "category"
	OfBrand    TaskKind = "brand"
	OfAll      TaskKind = "all"
)

// Task is work over many products: each is listed anew as the tree, the rules
// and the prices are then. It is done in chunks and goes on where it stopped. The prices that hold are brought
// up to date on the way.
type Task struct {
	ID       string
	Kind     TaskKind
	TargetID string
	After    string // the last product done, "" at the beginning
	Change   string // id of a PriceChange that is made on the way, or ""
	Force    bool   // tell of products that are listed as before, too
	DueAt    time.Time
}

// TaskStore keeps tasks and does their steps.
type TaskStore interface {
	// AddTask adds a task.
	AddTask(ctx context.Context, t Task) error
	// DueTasks returns up to n tasks that are due, oldest first.
	DueTasks(ctx context.Context, now time.Time, n int) ([]Task, error)
	// Advance moves a task on from t.After to after, or removes it if after is
	// "". It reports false if somebody else has moved it.
	Advance(ctx context.Context, t Task, after string) (bool, error)
	// Below returns the ids of the categories right below that one.
	Below(ctx context.Context, categoryID string) ([]string, error)
	// Targets returns up to n ids of products of the task behind t.After, in
	// order; of a category those right in it.
	Targets(ctx context.Context, t Task, n int) ([]string, error)
	// Relist gives the product the prices that hold now and lists it as tree and rules are, and reports
	// whether that changed anything; if so, or if force is set, its version is
	// the next, and the product is returned as it is now.
	Relist(ctx context.Context, id string, now time.Time, force bool) (p Product, changed bool, err error)
	// Misplaced looks at up to n products with id > after, for verification: ids
	// are those that are not listed as tree, rules and prices want it, last is
	// the last one looked at ("" at the end).
	Misplaced(ctx context.Context, after string, n int) (ids []string, last string, err error)
}
