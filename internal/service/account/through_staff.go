package account

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// StaffThrough sets what becomes of staff who sign in through a provider.
type StaffThrough struct {
	Roles       string // group=role, with commas between
	Only        bool
	LinkByEmail bool
}

func (c *StaffThrough) flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Roles, "staff.oidc.roles", "", "which role a group of the provider gives, such as shop-admins=owner,shop-clerks=orders; a group may be named several times")
	fs.BoolVar(&c.Only, "staff.oidc.only", false, "refuse passwords of staff: they sign in through the provider alone")
	fs.BoolVar(&c.LinkByEmail, "staff.oidc.link-by-email", false, "let staff who have an account here sign in to it through the provider, if that has verified the same address")
}

func (c StaffThrough) validate() error {
	_, err := c.given()
	return err
}

// given are the roles that each group gives.
func (c StaffThrough) given() (map[string][]string, error) {
	out := map[string][]string{}
	for pair := range strings.SplitSeq(c.Roles, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		i := strings.LastIndex(pair, "=")
		if i < 0 || strings.TrimSpace(pair[:i]) == "" || strings.TrimSpace(pair[i+1:]) == "" {
			return nil, fmt.Errorf("staff.oidc.roles has %q; write group=role, such as shop-admins=owner", strings.TrimSpace(pair))
		}
		group := strings.TrimSpace(pair[:i])
		out[group] = append(out[group], strings.TrimSpace(pair[i+1:]))
	}
	return out, nil
}

// of are the roles that groups give, sorted.
func (c StaffThrough) of(groups []string) (roles []string) {
	given, _ := c.given() // Validate has read them
	for _, g := range groups {
		roles = append(roles, given[g]...)
	}
	return sorted(roles)
}

// staffThrough lets a member of staff in whom the provider's groups give a role.
// Their roles here become those. Whom they give none any more is disabled and
// signed out; but there is always an active owner. Errors have the codes
// "no-role", "email-missing", "identity-not-linked", "staff-disabled" and
// "last-owner".
func (s *Service) staffThrough(ctx context.Context, a arrival) (out Signed, err error) {
	now := s.Now()
	var refused error // with something to be written all the same
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		refused = nil
		owners, err := tx.Staff.LockOwners(ctx) // changes of staff go one by one
		if err != nil {
			return err
		}
		m, link, err := s.staffOf(ctx, tx, a, now)
		if err != nil {
			return err
		}
		if m, refused, err = s.follow(ctx, tx, m, link, a, owners, now); err != nil || refused != nil {
			return err
		}
		if out, err = s.open(ctx, tx, a, user.Session{StaffID: m.ID, LinkID: link.ID}, now); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "staff:" + m.ID, Action: "staff.sign-in", Subject: m.ID, At: now,
			Details: map[string]any{"ip": a.IP, "through": a.Claims.Issuer}})
	})
	if err == nil {
		err = refused
	}
	return out, err
}

// staffOf finds the member of staff with that identity, or the one with that
// address if the settings trust it, or takes somebody on.
func (s *Service) staffOf(ctx context.Context, tx store.Stores, a arrival, now time.Time) (m user.Staff, link user.Identity, err error) {
	link, err = tx.Identities.Find(ctx, user.StaffDoor, a.Claims.Issuer, a.Subject)
	if err == nil {
		m, err = tx.Staff.Load(ctx, link.StaffID)
		return m, link, err
	}
	if fault.KindOf(err) != fault.NotFound {
		return m, link, err
	}
	roles := s.Config.Staff.of(a.Groups)
	if len(roles) == 0 {
		return m, link, noRole()
	}
	if !a.hasEmail() {
		return m, link, fault.New(fault.Forbidden, "email-missing", "The sign-in service does not tell your address.")
	}
	action := "staff.link"
	m, err = tx.Staff.ByEmail(ctx, a.Email)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		action = "staff.add"
		m = user.Staff{ID: s.NewID(), Email: a.Email, Name: a.called(), PasswordHash: user.NoPassword, Status: user.StaffActive, Roles: roles, Version: 1, CreatedAt: now, UpdatedAt: now}
		if err = tx.Staff.Insert(ctx, m); err != nil {
			return m, link, roleUnknown(err)
		}
	case err != nil:
		return m, link, err
	case !s.Config.Staff.LinkByEmail || !a.EmailVerified:
		return m, link, notLinked()
	default:
		if err := a.mayLink(ctx, tx, user.Owner{StaffID: m.ID}); err != nil {
			return m, link, err
		}
	}
	link = a.is(user.StaffDoor, s.NewID(), now)
	link.StaffID = m.ID
	if err := tx.Identities.Insert(ctx, link); err != nil {
		return m, link, err
	}
	return m, link, tx.Audit.Add(ctx, audit.Entry{Actor: "provider", Action: action, Subject: m.ID, At: now,
		Details: map[string]any{"email": m.Email, "roles": m.Roles, "issuer": link.Issuer, "subject": link.Subject}})
}

// follow makes a member of staff what the provider's groups say now.
func (s *Service) follow(ctx context.Context, tx store.Stores, m user.Staff, link user.Identity, a arrival, owners []string, now time.Time) (user.Staff, error, error) {
	roles, was := s.Config.Staff.of(a.Groups), m
	if m.Status != user.StaffActive && !link.Lapsed {
		return m, nil, fault.New(fault.Forbidden, "staff-disabled", "Your account has been disabled.")
	}
	if slices.Equal(owners, []string{m.ID}) && !slices.Contains(roles, user.OwnerRole) {
		return m, lastOwner(), s.lapse(ctx, tx, m, "staff.keep-last-owner", now)
	}
	m.Roles, m.Status, m.UpdatedAt = roles, user.StaffActive, now
	if len(roles) == 0 {
		m.Status = user.StaffDisabled
	} else if a.Name != "" {
		m.Name = a.called()
	}
	if m.Name == was.Name && m.Status == was.Status && slices.Equal(m.Roles, was.Roles) {
		if len(roles) == 0 {
			return m, noRole(), nil
		}
		return m, nil, nil
	}
	version, err := tx.Staff.Update(ctx, m)
	if err != nil {
		return m, nil, roleUnknown(err)
	}
	m.Version = version
	if err := tx.Identities.SetLapsed(ctx, m.ID, len(roles) == 0); err != nil {
		return m, nil, err
	}
	if len(roles) == 0 {
		return m, noRole(), s.lapse(ctx, tx, m, "staff.lapse", now)
	}
	return m, nil, tx.Audit.Add(ctx, audit.Entry{Actor: "provider", Action: "staff.change", Subject: m.ID, At: now,
		Details: map[string]any{"name": m.Name, "status": m.Status, "roles": m.Roles}})
}

// lapse signs a member of staff out to whom the groups give no role any more.
func (s *Service) lapse(ctx context.Context, tx store.Stores, m user.Staff, action string, now time.Time) error {
	n, err := tx.Sessions.EndAll(ctx, user.Owner{StaffID: m.ID}, "")
	if err != nil {
		return err
	}
	return tx.Audit.Add(ctx, audit.Entry{Actor: "provider", Action: action, Subject: m.ID, At: now, Details: map[string]any{"sessions": n}})
}

func noRole() error {
	return fault.New(fault.Forbidden, "no-role", "None of your groups may work here.")
}

// roleUnknown makes a role of the settings that is not there an error of ours,
// not of who signs in.
func roleUnknown(err error) error {
	if fault.Code(err) == "role-not-found" {
		return errors.New("staff.oidc.roles names a role that the shop does not have: " + err.Error())
	}
	return err
}
