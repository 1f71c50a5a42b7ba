package inventory

import (
	"context"
	"slices"
	"strings"

	"tradewind/internal/platform/fault"
)

// Tracking is how the stock of a SKU is known.
type Tracking string

// The ways of tracking.
const (
	Counted    Tracking = "counted"
	NotCounted Tracking = "unlimited" // a download: there is always one more
	AsBundle   Tracking = "bundle"    // it is as available as its components
)

// Policy says how a SKU may be promised. The zero value, with Tracking "" for
// Counted, is what a SKU without one has: only what is there, and all of it.
type Policy struct {
	SKU       string
	Tracking  Tracking
	Backorder int64  // how far below zero available units may go
	Safety    int64  // how many units are never sold; not together with Backorder
	Low       *int64 // the event stock.low is raised when fewer are available; nil for the level of the shop
	Version   int64
}

func (p Policy) slack() int64 { return p.Backorder - p.Safety }

// Check refuses a policy that contradicts itself; the code is "policy-contradicts".
func (p Policy) Check() error {
	switch {
	case p.Backorder < 0 || p.Safety < 0 || p.Low != nil && *p.Low < 0:
		return fault.New(fault.Invalid, "policy-contradicts", "Limits of %s are numbers of pieces and cannot be below zero.", p.SKU)
	case p.Backorder > 0 && p.Safety > 0:
		return fault.New(fault.Invalid, "policy-contradicts", "%s cannot keep stock back and be sold beyond it; set the safety stock or the backorder limit to 0.", p.SKU)
	case p.Tracking != Counted && p.Tracking != NotCounted:
		return fault.New(fault.Invalid, "policy-contradicts", "The stock of %s is either %s or %s.", p.SKU, Counted, NotCounted)
	}
	return nil
}

// AnyVersion stands for whatever version there is.
const AnyVersion = -1

// Component is a part of a bundle: Qty pieces of SKU in each.
type Component struct {
	SKU string
	Qty int64
}

// CheckBundle refuses a list of components that no bundle can have; the codes
// are "bundle-component" and "bundle-nested".
func CheckBundle(sku string, parts []Component) error {
	seen := map[string]bool{}
	for _, c := range parts {
		switch {
		case c.SKU == sku:
			return fault.New(fault.Invalid, "bundle-nested", "The bundle %s cannot contain itself.", sku)
		case c.Qty <= 0 || c.Qty > 999_999:
			return fault.New(fault.Invalid, "bundle-component", "A bundle contains 1 to 999999 pieces of each component, not %d of %s.", c.Qty, c.SKU)
		case seen[c.SKU]:
			return fault.New(fault.Invalid, "bundle-component", "%s is twice in the bundle %s; add the pieces up.", c.SKU, sku)
		}
		seen[c.SKU] = true
	}
	return nil
}

// Demand is what lines come to when bundles are opened: lines of one SKU are
// added up, and sorted, so that two lines with one component are one demand.
func Demand(lines []Line, bundles map[string][]Component) []Line {
	var out []Line
	for _, l := range lines {
		parts, ok := bundles[l.SKU]
		if !ok {
			out = append(out, l)
			continue
		}
		for _, c := range parts {
			out = append(out, Line{SKU: c.SKU, Qty: c.Qty * l.Qty})
		}
	}
	slices.SortFunc(out, func(a, b Line) int { return strings.Compare(a.SKU, b.SKU) })
	n := 0
	for _, l := range out {
		if n > 0 && out[n-1].SKU == l.SKU {
			out[n-1].Qty += l.Qty
			continue
		}
		out[n] = l
		n++
	}
	return out[:n]
}

// Whole is how many bundles can be made of parts when units of each component
// can be promised.
func Whole(parts []Component, units map[string]int64) int64 {
	if len(parts) == 0 {
		return 0
	}
	least := int64(Unlimited)
	for _, c := range parts {
		least = min(least, max(0, units[c.SKU])/max(1, c.Qty))
	}
	return least
}

// Policies are the ways in which SKUs are sold.
type Policies interface {
	// PutPolicy sets how the SKU is sold: Version 0 where there is no policy yet,
	// otherwise that of the one it replaces. Codes are "changed-meanwhile",
	// "policy-contradicts", "sku-not-found" and "sku-is-bundle".
	PutPolicy(ctx context.Context, p Policy) error
	// Policy returns the policy of a SKU; one that has none has the zero Version.
	Policy(ctx context.Context, sku string) (Policy, error)
	// ListPolicies lists policies by SKU, those of bundles included: n above after.
	ListPolicies(ctx context.Context, after string, n int) ([]Policy, error)
	// PutBundle makes the SKU a bundle of the components, or, without any, an
	// ordinary SKU again, if its policy has the version seen. Codes are those of CheckBundle, "bundle-nested" if a
	// component is a bundle or the SKU is in one, "bundle-has-stock" if the
	// SKU has stock of its own, "changed-meanwhile" and "sku-not-found".
	PutBundle(ctx context.Context, sku string, parts []Component, seen int64) error
	// Bundles returns the components of those of the SKUs that are bundles.
	Bundles(ctx context.Context, skus []string) (map[string][]Component, error)
	// BundledBy returns what the order's bundles consisted of when it took them.
	BundledBy(ctx context.Context, orderID string) (map[string][]Component, error)
	// BundlesWith returns the bundles that contain any of the SKUs.
	BundlesWith(ctx context.Context, skus []string) ([]string, error)
	// Promisable returns how many units of each SKU can still be promised, by its
	// policy, at active locations; for a bundle, how many can be made.
	Promisable(ctx context.Context, skus []string) (map[string]int64, error)
}

// NoLocation says that there is no such location.
func NoLocation(id string) error {
	return fault.New(fault.NotFound, "location-not-found", "There is no location %s.", id)
}
