// Package accounttest lets tests sign somebody in without a password.
package accounttest

import (
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

func newID() string { return ident.New() }

// Staff adds a member of staff with just those permissions, an owner if they are
// user.Everything, and returns their id and the token of a session, to be sent
// as "Authorization: Bearer …".
func Staff(ctx context.Context, db store.DB, now time.Time, permissions ...string) (id, tok string, err error) {
	id, tok = newID(), token.Random()
	role := user.Role{ID: "test-" + id[len(id)-12:], Title: "Test", Permissions: slices.DeleteFunc(permissions, func(p string) bool { return p == "" })}
	return id, tok, db.InTx(ctx, func(tx store.Stores) error {
		if slices.Contains(permissions, user.Everything) {
			role = user.Role{ID: user.OwnerRole, Title: "Owner", Permissions: permissions}
		}
		_, err := tx.Staff.Role(ctx, role.ID)
		if fault.KindOf(err) == fault.NotFound {
			err = tx.Staff.InsertRole(ctx, role)
		}
		if err != nil {
			return err
		}
		err = tx.Staff.Insert(ctx, user.Staff{ID: id, Email: id + "@staff.example", Name: "Test", PasswordHash: "none", Status: user.StaffActive, Roles: []string{role.ID}, CreatedAt: now})
		if err != nil {
			return err
		}
		return tx.Sessions.Insert(ctx, session(user.Session{StaffID: id}, tok, now))
	})
}

func session(s user.Session, tok string, now time.Time) user.Session {
	s.ID, s.TokenHash, s.CreatedAt, s.LastUsedAt = newID(), token.Hash(tok), now, now
	s.EndsAt, s.ExpiresAt = now.Add(time.Hour), now.Add(time.Hour)
	return s
}

// Enrolling is Staff with every permission whose session may only set up a second factor.
func Enrolling(ctx context.Context, db store.DB, now time.Time) (id, tok string, err error) {
	if id, _, err = Staff(ctx, db, now, user.Everything); err != nil {
		return "", "", err
	}
	tok = token.Random()
	return id, tok, db.InTx(ctx, func(tx store.Stores) error {
		return tx.Sessions.Insert(ctx, session(user.Session{StaffID: id, EnrolsOnly: true}, tok, now))
	})
}

// Customer adds a customer and returns their id and the token of a session.
func Customer(ctx context.Context, db store.DB, now time.Time) (id, tok string, err error) {
	id, tok = newID(), token.Random()
	return id, tok, db.InTx(ctx, func(tx store.Stores) error {
		c := user.Customer{ID: id, Email: id + "@customer.example", Name: "Test", PasswordHash: "none", Status: user.Active, Group: "standard", Locale: "en", CreatedAt: now, UpdatedAt: now}
		if err := tx.Customers.Insert(ctx, c); err != nil {
			return err
		}
		return tx.Sessions.Insert(ctx, session(user.Session{CustomerID: id}, tok, now))
	})
}
