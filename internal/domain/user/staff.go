package user

import (
	"context"
	"time"

	"tradewind/internal/platform/fault"
)

// StaffStatus says whether somebody still works here.
type StaffStatus string

// The states of a member of staff.
const (
	StaffActive   StaffStatus = "active"
	StaffDisabled StaffStatus = "disabled"
)

// Owner is the role that may do everything; one active member of staff always has it.
const OwnerRole = "owner"

// Staff is somebody who works in the shop.
type Staff struct {
	ID, Email, Name      string
	PasswordHash         string
	Status               StaffStatus
	Roles                []string  // ids, sorted
	TOTPSealed           []byte    // the secret of the second factor, encrypted; nil if there is none
	TOTPSince            time.Time // when it was confirmed; zero if it was not
	TOTPStep             int64     // the last step of which a code was used
	Version              int64
	CreatedAt, UpdatedAt time.Time
}

// Role is a named set of permissions.
type Role struct {
	ID, Title   string
	Permissions []string // sorted
	Version     int64
}

// StaffNotFound says that nobody with that id works here.
func StaffNotFound(id string) error {
	return fault.New(fault.NotFound, "staff-not-found", "There is no member of staff %s.", id)
}

// RoleNotFound says that there is no such role.
func RoleNotFound(id string) error {
	return fault.New(fault.NotFound, "role-not-found", "There is no role %s.", id)
}

// StaffStore keeps staff and roles.
type StaffStore interface {
	// Insert adds somebody with their roles; "email-taken" or "role-not-found".
	Insert(ctx context.Context, m Staff) error
	// Load returns somebody with their roles; "staff-not-found".
	Load(ctx context.Context, id string) (Staff, error)
	// ByEmail finds somebody; "staff-not-found".
	ByEmail(ctx context.Context, email string) (Staff, error)
	// Page lists up to n of them with id > after, with their roles.
	Page(ctx context.Context, after string, n int) ([]Staff, error)
	// Update writes all but the second factor if the version is still
	// m.Version, and returns the new one; "changed-meanwhile" or "staff-not-found".
	Update(ctx context.Context, m Staff) (version int64, err error)
	// BeginTOTP keeps the secret of a second factor that is yet to be confirmed;
	// false if there is a confirmed one.
	BeginTOTP(ctx context.Context, id string, sealed []byte) (bool, error)
	// ConfirmTOTP makes the second factor count, if the secret is still that one
	// and not confirmed.
	ConfirmTOTP(ctx context.Context, id string, sealed []byte, now time.Time) (bool, error)
	// ClearTOTP takes the second factor away.
	ClearTOTP(ctx context.Context, id string) error
	// UseStep takes a step of the second factor if it is later than the last one used.
	UseStep(ctx context.Context, id string, step int64) (bool, error)
	// SetRecoveryCodes replaces the hashes of codes that work once.
	SetRecoveryCodes(ctx context.Context, id string, hashes [][]byte) error
	// UseRecoveryCode takes a code away and reports whether it was there.
	UseRecoveryCode(ctx context.Context, id string, hash []byte) (bool, error)

	// Permissions returns what the roles of somebody allow, sorted.
	Permissions(ctx context.Context, id string) ([]string, error)
	// LockOwners keeps others from changing who is an owner until the
	// transaction ends, and returns up to two active ones.
	LockOwners(ctx context.Context) ([]string, error)
	// Roles lists all roles.
	Roles(ctx context.Context) ([]Role, error)
	// Role returns one; "role-not-found".
	Role(ctx context.Context, id string) (Role, error)
	// InsertRole adds a role; "role-taken".
	InsertRole(ctx context.Context, r Role) error
	// UpdateRole writes it if the version is still r.Version and returns the new
	// one; "changed-meanwhile" or "role-not-found".
	UpdateRole(ctx context.Context, r Role) (version int64, err error)
	// DeleteRole removes a role at that version; "changed-meanwhile",
	// "role-not-found" or "role-in-use".
	DeleteRole(ctx context.Context, id string, version int64) error
}
