package account

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// StaffChange is what is to become of a member of staff.
type StaffChange struct {
	ID      string
	Version int64
	Name    string
	Status  user.StaffStatus
	Roles   []string
}

// ChangeStaff changes name, status and roles of a member of staff. Nobody gives
// or takes roles that hold more than they may themselves, and there is always
// an active owner. Errors have the codes "changed-meanwhile", "staff-not-found",
// "role-not-found", "permission-missing" and "last-owner".
func (s *Service) ChangeStaff(ctx context.Context, by user.Principal, in StaffChange) (m user.Staff, err error) {
	now := s.Now()
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		if _, err := tx.Staff.LockOwners(ctx); err != nil { // changes of staff go one by one
			return err
		}
		if m, err = tx.Staff.Load(ctx, in.ID); err != nil {
			return err
		}
		if err := mayGive(ctx, tx, by, append(slices.Clone(m.Roles), in.Roles...)); err != nil {
			return err
		}
		m.Name, m.Status, m.Roles, m.Version, m.UpdatedAt = in.Name, in.Status, sorted(in.Roles), in.Version, now
		if m.Version, err = tx.Staff.Update(ctx, m); err != nil {
			return err
		}
		if err := ownerLeft(ctx, tx); err != nil {
			return err
		}
		if err := tx.Identities.SetLapsed(ctx, m.ID, false); err != nil { // from now on a group alone does not bring them back
			return err
		}
		if m.Status != user.StaffActive {
			if _, err := tx.Sessions.EndAll(ctx, user.Owner{StaffID: m.ID}, ""); err != nil {
				return err
			}
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor(), Action: "staff.change", Subject: m.ID, At: now,
			Details: map[string]any{"name": m.Name, "status": m.Status, "roles": m.Roles}})
	})
	return m, err
}

// ownerLeft refuses a change after which nobody could undo it.
func ownerLeft(ctx context.Context, tx store.Stores) error {
	left, err := tx.Staff.LockOwners(ctx)
	if err == nil && len(left) == 0 {
		err = lastOwner()
	}
	return err
}

func lastOwner() error {
	return fault.New(fault.Conflict, "last-owner", "The shop needs an active member of staff with the role %s.", user.OwnerRole)
}

// ResetStaff sets another password, takes the second factor away and ends the
// sessions of somebody who lost theirs. Errors have the codes
// "weak-password", "staff-not-found" and "permission-missing".
func (s *Service) ResetStaff(ctx context.Context, by user.Principal, id, password string) error {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	now := s.Now()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if _, err := tx.Staff.LockOwners(ctx); err != nil {
			return err
		}
		m, err := tx.Staff.Load(ctx, id)
		if err != nil {
			return err
		}
		if err := mayGive(ctx, tx, by, m.Roles); err != nil { // whose password one sets, one can be
			return err
		}
		if err := user.CheckPassword("password", password, m.Email); err != nil {
			return err
		}
		m.PasswordHash, m.UpdatedAt = hash, now
		if _, err := tx.Staff.Update(ctx, m); err != nil {
			return err
		}
		if err := tx.Staff.ClearTOTP(ctx, id); err != nil {
			return err
		}
		if err := tx.Staff.SetRecoveryCodes(ctx, id, nil); err != nil {
			return err
		}
		if _, err := tx.Sessions.EndAll(ctx, user.Owner{StaffID: id}, ""); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor(), Action: "staff.reset", Subject: id, At: now, Details: map[string]any{}})
	})
}

// checkRole refuses permissions that do not exist or that by lacks.
func (s *Service) checkRole(by user.Principal, r user.Role) error {
	for _, p := range r.Permissions {
		if p != user.Everything && !slices.Contains(s.Permissions, p) {
			return fault.Field("unknown-permission", "permissions", "there is no permission %s", p)
		}
		if !by.May(p) {
			return user.PermissionMissing(p)
		}
	}
	return nil
}

// ownerIsFixed keeps the role of owners what it is.
func ownerIsFixed(id string) error {
	if id == user.OwnerRole {
		return fault.New(fault.Conflict, "role-fixed", "The role %s may do everything, always.", id)
	}
	return nil
}

// AddRole makes a role. Errors have the codes "role-taken", "unknown-permission"
// and "permission-missing".
func (s *Service) AddRole(ctx context.Context, by user.Principal, r user.Role) (user.Role, error) {
	r.Permissions, r.Version = sorted(r.Permissions), 1
	if err := s.checkRole(by, r); err != nil {
		return r, err
	}
	return r, s.auditRole(ctx, by, "role.add", r, func(tx store.Stores, _ time.Time) error { return tx.Staff.InsertRole(ctx, r) })
}

// ChangeRole changes title and permissions of a role, of which by must have the
// old ones too. Errors are those of AddRole and "role-not-found", "role-fixed",
// "changed-meanwhile".
func (s *Service) ChangeRole(ctx context.Context, by user.Principal, r user.Role) (user.Role, error) {
	r.Permissions = sorted(r.Permissions)
	if err := ownerIsFixed(r.ID); err != nil {
		return r, err
	}
	if err := s.checkRole(by, r); err != nil {
		return r, err
	}
	return r, s.auditRole(ctx, by, "role.change", r, func(tx store.Stores, _ time.Time) error {
		if err := mayGive(ctx, tx, by, []string{r.ID}); err != nil {
			return err
		}
		var err error
		r.Version, err = tx.Staff.UpdateRole(ctx, r)
		return err
	})
}

// DeleteRole removes a role that nobody has. Errors have the codes
// "role-not-found", "role-in-use", "role-fixed", "changed-meanwhile" and "permission-missing".
func (s *Service) DeleteRole(ctx context.Context, by user.Principal, id string, version int64) error {
	if err := ownerIsFixed(id); err != nil {
		return err
	}
	return s.auditRole(ctx, by, "role.delete", user.Role{ID: id}, func(tx store.Stores, _ time.Time) error {
		if err := mayGive(ctx, tx, by, []string{id}); err != nil {
			return err
		}
		return tx.Staff.DeleteRole(ctx, id, version)
	})
}

func (s *Service) auditRole(ctx context.Context, by user.Principal, action string, r user.Role, do func(tx store.Stores, now time.Time) error) error {
	now := s.Now()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := do(tx, now); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor(), Action: action, Subject: "role:" + r.ID, At: now, Details: map[string]any{"title": r.Title, "permissions": r.Permissions}})
	})
}

// CustomerChange is what staff may change about a customer.
type CustomerChange struct {
	ID           string
	Version      int64
	Group, Notes string
	Status       user.CustomerStatus // Active or Locked
}

// ChangeCustomer changes group, notes and status; a locked customer is signed
// out. Errors have the codes "customer-not-found", "changed-meanwhile" and
// "customer-closed".
func (s *Service) ChangeCustomer(ctx context.Context, by user.Principal, in CustomerChange) (c user.Customer, err error) {
	now := s.Now()
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		if c, err = tx.Customers.Lock(ctx, in.ID); err != nil {
			return err
		}
		if c.Status == user.Closed {
			return fault.New(fault.Conflict, "customer-closed", "The account is closed.")
		}
		c.Group, c.Notes, c.Status, c.Version, c.UpdatedAt = in.Group, in.Notes, in.Status, in.Version, now
		if c.Version, err = tx.Customers.Update(ctx, c); err != nil {
			return err
		}
		if c.Status != user.Active {
			if _, err := tx.Sessions.EndAll(ctx, user.Owner{CustomerID: c.ID}, ""); err != nil {
				return err
			}
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor(), Action: "customer.change", Subject: c.ID, At: now, Details: map[string]any{"group": c.Group, "status": c.Status}})
	})
	return c, err
}

// EndSessionsOf signs somebody out everywhere. Errors have the codes
// "customer-not-found" and "staff-not-found", and for staff "permission-missing".
func (s *Service) EndSessionsOf(ctx context.Context, by user.Principal, o user.Owner) error {
	now := s.Now()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		subject, err := o.CustomerID, error(nil)
		if o.StaffID != "" {
			var m user.Staff
			if m, err = tx.Staff.Load(ctx, o.StaffID); err == nil {
				subject, err = m.ID, mayGive(ctx, tx, by, m.Roles)
			}
		} else {
			_, err = tx.Customers.Load(ctx, o.CustomerID)
		}
		if err != nil {
			return err
		}
		n, err := tx.Sessions.EndAll(ctx, o, "")
		if err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor(), Action: "sessions.end", Subject: subject, At: now, Details: map[string]any{"sessions": n}})
	})
}
