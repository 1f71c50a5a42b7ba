// Package policy holds what every plan of infra/terraform must keep to: rules
// over the JSON of `terraform show`, which its tests apply to the plans of all
// environments, and to plans that break them.
package policy

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Plan is what `terraform show -json` says of a plan.
type Plan struct {
	PlannedValues struct {
		RootModule module `json:"root_module"`
	} `json:"planned_values"`
	Configuration json.RawMessage `json:"configuration"`
}

type module struct {
	Address      string     `json:"address"`
	Resources    []Resource `json:"resources"`
	ChildModules []module   `json:"child_modules"`
}

// Resource is one that is planned; what is not known before the apply is absent
// from Values.
type Resource struct {
	Address string         `json:"address"`
	Mode    string         `json:"mode"`
	Type    string         `json:"type"`
	Name    string         `json:"name"`
	Values  map[string]any `json:"values"`
}

// Read reads a plan from a file.
func Read(path string) (*Plan, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var p Plan
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &p, nil
}

// Resources returns all that are managed, in the order of their addresses, of
// the types that are given or of all.
func (p *Plan) Resources(types ...string) (list []Resource) {
	var walk func(m module)
	walk = func(m module) {
		for _, r := range m.Resources {
			if r.Mode == "managed" && (len(types) == 0 || slices.Contains(types, r.Type)) {
				list = append(list, r)
			}
		}
		for _, c := range m.ChildModules {
			walk(c)
		}
	}
	walk(p.PlannedValues.RootModule)
	slices.SortFunc(list, func(a, b Resource) int { return strings.Compare(a.Address, b.Address) })
	return list
}

// Text returns a value that is text, by its path of names; "" if it is not.
func (r Resource) Text(path ...string) string {
	s, _ := r.Get(path...).(string)
	return s
}

// True reports whether a value is true.
func (r Resource) True(path ...string) bool { return r.Get(path...) == true }

// Number returns a value that is a number; 0 if it is not.
func (r Resource) Number(path ...string) float64 {
	n, _ := r.Get(path...).(float64)
	return n
}

// List returns a value that is a list of texts.
func (r Resource) List(path ...string) (list []string) {
	all, _ := r.Get(path...).([]any)
	for _, v := range all {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

// Blocks returns the blocks of a name.
func (r Resource) Blocks(path ...string) (list []Resource) {
	all, _ := r.Get(path...).([]any)
	for _, v := range all {
		if m, ok := v.(map[string]any); ok {
			list = append(list, Resource{Address: r.Address, Type: r.Type, Values: m})
		}
	}
	return list
}

// Get returns a value by its path; of a list of blocks it takes the first.
func (r Resource) Get(path ...string) any {
	var v any = r.Values
	for _, name := range path {
		if list, ok := v.([]any); ok {
			if len(list) == 0 {
				return nil
			}
			v = list[0]
		}
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}
