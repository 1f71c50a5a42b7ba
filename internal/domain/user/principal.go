package user

import (
	"slices"

	"tradewind/internal/platform/fault"
)

// Everything is the permission that stands for all others, of which the shop
// may gain some with every release. The role "owner" has it.
const Everything = "*"

// Principal is who makes a request: a customer, a member of staff, or nobody.
type Principal struct {
	SessionID   string
	CustomerID  string   // "" unless a customer is signed in
	StaffID     string   // "" unless staff is signed in
	Name        string   // of the person
	Permissions []string // of staff, sorted
	EnrolsOnly  bool     // staff without a second factor may do nothing but set one up
}

// May reports whether the principal has the permission.
func (p Principal) May(permission string) bool {
	return p.StaffID != "" && !p.EnrolsOnly && (slices.Contains(p.Permissions, permission) || slices.Contains(p.Permissions, Everything))
}

// Actor names the principal in the audit log.
func (p Principal) Actor() string {
	switch {
	case p.StaffID != "":
		return "staff:" + p.StaffID
	case p.CustomerID != "":
		return "customer:" + p.CustomerID
	}
	return "shopper"
}

// SignInRequired is the answer to a request that only somebody signed in may make.
func SignInRequired() error {
	return fault.New(fault.Unauthorized, "sign-in-required", "Please sign in first.")
}

// PermissionMissing is the answer to staff who lack a permission.
func PermissionMissing(permission string) error {
	return fault.New(fault.Forbidden, "permission-missing", "You need the permission %s for this.", permission)
}
