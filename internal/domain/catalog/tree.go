package catalog

import (
	"slices"

	"tradewind/internal/platform/fault"
)

// Tree is the category tree with its look-ups. It is never changed once made.
type Tree struct {
	List   []Category // parents before children
	byID   map[string]int
	bySlug map[string]int
}

// NewTree makes a tree of a list in which parents come before children.
func NewTree(list []Category) *Tree {
	t := &Tree{List: list, byID: make(map[string]int, len(list)), bySlug: make(map[string]int, len(list))}
	for i, c := range list {
		t.byID[c.ID], t.bySlug[c.Slug] = i, i
	}
	return t
}

// Find returns the category with that id or slug.
func (t *Tree) Find(key string) (Category, bool) {
	i, ok := t.byID[key]
	if !ok {
		i, ok = t.bySlug[key]
	}
	if !ok {
		return Category{}, false
	}
	return t.List[i], true
}

// Path returns the categories from the root down to the one with that id.
func (t *Tree) Path(id string) []Category {
	var up []Category
	for range MaxDepth {
		i, ok := t.byID[id]
		if !ok {
			break
		}
		up = append(up, t.List[i])
		id = t.List[i].ParentID
	}
	slices.Reverse(up)
	return up
}

// Declared returns the attributes that hold for products of the category: its
// own and those declared above, the nearest declaration of a name winning.
func (t *Tree) Declared(id string) map[string]AttributeDef {
	defs := map[string]AttributeDef{}
	for _, c := range t.Path(id) {
		for _, d := range c.Attributes {
			defs[d.Name] = d
		}
	}
	return defs
}

// Visible returns the tree without what is hidden and what is below that.
func (t *Tree) Visible() *Tree {
	hidden := map[string]bool{}
	var list []Category
	for _, c := range t.List {
		if hidden[c.ID] = c.Status == Hidden || hidden[c.ParentID]; !hidden[c.ID] {
			list = append(list, c)
		}
	}
	return NewTree(list)
}

// MayMove refuses to put the category id below parent ("" for a root) where
// that is impossible. Errors have the codes "category-not-found",
// "category-cycle" and "category-too-deep".
func (t *Tree) MayMove(id, parent string) error {
	for _, key := range []string{id, parent} {
		if _, ok := t.byID[key]; !ok && key != "" {
			return fault.New(fault.NotFound, "category-not-found", "There is no category %s.", key)
		}
	}
	up := t.Path(parent)
	if slices.ContainsFunc(up, func(c Category) bool { return c.ID == id }) {
		return fault.New(fault.Conflict, "category-cycle", "A category cannot be below itself; choose another place.")
	}
	if len(up)+t.height(id) > MaxDepth {
		return TooDeep()
	}
	return nil
}

// height is how many levels the category has, its own included.
func (t *Tree) height(id string) int {
	depth := map[string]int{id: 1}
	most := 1
	for _, c := range t.List {
		if above, ok := depth[c.ParentID]; ok && c.ID != id {
			depth[c.ID] = above + 1
			most = max(most, above+1)
		}
	}
	return most
}

// TooDeep says that the tree would go down too far.
func TooDeep() error {
	return fault.New(fault.Conflict, "category-too-deep", "The tree goes down %d levels at most.", MaxDepth)
}
