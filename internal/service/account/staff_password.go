package account

import (
	"context"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// StaffPassword is what a member of staff shows to choose another password:
// all that the door asks for.
type StaffPassword struct {
	Current, Next string
	Code          string // of the second factor, or a recovery code
	IP            string
}

// ChangeStaffPassword sets another password for the member of staff at hand and
// ends all their other sessions. An attempt counts as one at the door. Errors
// have the codes "wrong-password", "wrong-code", "weak-password" and
// "too-many-attempts".
func (s *Service) ChangeStaffPassword(ctx context.Context, p user.Principal, in StaffPassword) error {
	m, err := s.DB.Read().Staff.Load(ctx, p.StaffID)
	if err != nil {
		return err
	}
	e, err := s.knock(ctx, "staff", m.Email, in.IP)
	if err != nil {
		return err
	}
	ok, err := s.matches(ctx, in.Current, m.PasswordHash)
	if err != nil {
		return err
	}
	if !ok {
		return notYourPassword()
	}
	if err := user.CheckPassword("new_password", in.Next, m.Email); err != nil {
		return err
	}
	hash, err := s.hash(ctx, in.Next)
	if err != nil {
		return err
	}
	now, mail := s.Now(), s.NewID()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		if _, err := tx.Staff.LockOwners(ctx); err != nil { // changes of staff go one by one
			return err
		}
		have, err := tx.Staff.Load(ctx, m.ID)
		if err != nil {
			return err
		}
		if have.PasswordHash != m.PasswordHash { // the one that was shown is not the password any more
			return notYourPassword()
		}
		if err := s.second(ctx, tx, have, in.Code, now); err != nil {
			return err
		}
		have.PasswordHash, have.UpdatedAt = hash, now
		if _, err := tx.Staff.Update(ctx, have); err != nil {
			return err
		}
		if _, err := tx.Sessions.EndAll(ctx, owner(p), p.SessionID); err != nil {
			return err
		}
		if err := s.admit(ctx, tx, e, now); err != nil {
			return err
		}
		if err := tx.Outbox.Add(ctx, mailEvent(mail, user.Mail{Kind: user.MailPassword, Email: have.Email}, now)); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: p.Actor(), Action: "staff.change-password", Subject: m.ID, At: now, Details: map[string]any{}})
	})
}

// notYourPassword refuses somebody who is signed in already.
func notYourPassword() error {
	return fault.New(fault.Forbidden, "wrong-password", "This is not your password.")
}
