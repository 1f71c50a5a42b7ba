package account

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// second checks a code of the second factor and uses it up: the step of an app's
// code, or a recovery code. The code of the error is "wrong-code".
func (s *Service) second(ctx context.Context, tx store.Stores, m user.Staff, code string, now time.Time) error {
	secret, err := s.unseal(m)
	if err != nil {
		return err
	}
	step, ok := user.TOTPMatches(secret, strings.ReplaceAll(code, " ", ""), now)
	if ok {
		ok, err = tx.Staff.UseStep(ctx, m.ID, step)
	} else {
		ok, err = tx.Staff.UseRecoveryCode(ctx, m.ID, recoveryHash(m.ID, code))
	}
	if err == nil && !ok {
		err = fault.New(fault.Unauthorized, "wrong-code", "This code is wrong, too old or used.")
	}
	return err
}

// Enrolment is what an authenticator app needs to know.
type Enrolment struct{ Secret, URI string }

// Enrol begins to set up the second factor of the member of staff at hand. The
// code of the error is "already-enrolled".
func (s *Service) Enrol(ctx context.Context, p user.Principal, shop string) (Enrolment, error) {
	m, err := s.DB.Read().Staff.Load(ctx, p.StaffID)
	if err != nil {
		return Enrolment{}, err
	}
	if !m.TOTPSince.IsZero() {
		return Enrolment{}, alreadyEnrolled()
	}
	secret := make([]byte, user.TOTPSecretBytes)
	_, _ = rand.Read(secret) // never fails: it ends the program instead
	sealed, err := s.seal(m.ID, secret)
	if err != nil {
		return Enrolment{}, err
	}
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		began, err := tx.Staff.BeginTOTP(ctx, m.ID, sealed)
		if err == nil && !began {
			err = alreadyEnrolled()
		}
		return err
	})
	return Enrolment{Secret: user.TOTPText(secret), URI: user.TOTPURI(secret, shop, m.Email)}, err
}

func alreadyEnrolled() error {
	return fault.New(fault.Conflict, "already-enrolled", "You have a second factor already; an owner can take it away.")
}

// recoveryCodes is how many codes help somebody who lost their phone.
const recoveryCodes = 10

// Enrolled ends the setting up with a first code, and gives a full session in
// place of the one at hand, and codes that work once each. Errors have the
// codes "wrong-code", "already-enrolled" and "too-many-attempts".
func (s *Service) Enrolled(ctx context.Context, p user.Principal, code, agent string) (out Signed, codes []string, err error) {
	if err := s.try(ctx, door{digest("enrol", "staff", p.StaffID), perPair}); err != nil {
		return out, nil, err
	}
	m, err := s.DB.Read().Staff.Load(ctx, p.StaffID)
	if err != nil {
		return out, nil, err
	}
	if m.TOTPSealed == nil {
		return out, nil, fault.New(fault.Conflict, "not-begun", "Ask for a secret first.")
	}
	var hashes [][]byte
	for range recoveryCodes {
		c := newRecoveryCode()
		codes, hashes = append(codes, c), append(hashes, recoveryHash(m.ID, c))
	}
	now := s.Now()
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := s.second(ctx, tx, m, code, now); err != nil {
			return err
		}
		confirmed, err := tx.Staff.ConfirmTOTP(ctx, m.ID, m.TOTPSealed, now)
		if err != nil {
			return err
		}
		if !confirmed {
			return alreadyEnrolled()
		}
		if err := tx.Staff.SetRecoveryCodes(ctx, m.ID, hashes); err != nil {
			return err
		}
		next, err := successor(ctx, tx, p, agent, now)
		if err != nil {
			return err
		}
		if _, err := tx.Sessions.EndAll(ctx, user.Owner{StaffID: m.ID}, ""); err != nil {
			return err
		}
		if out, err = s.begin(ctx, tx, next, now); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: p.Actor(), Action: "staff.enrol", Subject: m.ID, At: now, Details: map[string]any{}})
	})
	return out, codes, err
}

// successor is a session in place of the one at hand. If a provider opened that,
// it goes on to be told when it ends.
func successor(ctx context.Context, tx store.Stores, p user.Principal, agent string, now time.Time) (user.Session, error) {
	next := user.Session{StaffID: p.StaffID, UserAgent: agent}
	list, err := tx.Sessions.Of(ctx, owner(p), now)
	for _, x := range list {
		if x.ID == p.SessionID {
			next.LinkID, next.ProviderSession = x.LinkID, x.ProviderSession
		}
	}
	return next, err
}

// newRecoveryCode has 80 random bits, in groups that can be copied by hand.
func newRecoveryCode() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // as above
	t := base32.StdEncoding.EncodeToString(b)
	return t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:]
}

// recoveryHash is plain SHA-256: there is nothing to guess in 80 random bits.
func recoveryHash(staff, code string) []byte {
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	return token.Hash("recovery\x00" + staff + "\x00" + code)
}

// factor is what secrets of second factors are sealed for.
const factor = "second factor of staff"

func (s *Service) seal(staff string, secret []byte) ([]byte, error) {
	return s.Tokens.Seal(factor, staff, secret)
}

func (s *Service) unseal(m user.Staff) ([]byte, error) {
	secret, err := s.Tokens.Open(factor, m.ID, m.TOTPSealed)
	if err != nil {
		return nil, fmt.Errorf("the second factor of staff %s: %w", m.ID, err)
	}
	return secret, nil
}
