package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/user"
)

// identities keeps identity_link and identity_session.
type identities struct{ h handle }

const identityColumns = `SELECT l.id, l.door, l.issuer, l.subject, l.customer_id, l.staff_id, l.lapsed, l.created_at FROM identity_link l`

var (
	identityInsert = statement("identity_link.insert", `INSERT INTO identity_link (id, door, issuer, subject, customer_id, staff_id, created_at)
		VALUES (:id, :door, :issuer, :subject, :customer_id, :staff_id, :created_at)`)
	identityFind       = statement("identity_link.find", identityColumns+` WHERE l.issuer = :issuer AND l.subject = :subject AND l.door = :door`)
	identityOfCustomer = statement("identity_link.of_customer", identityColumns+` WHERE l.customer_id = :customer_id ORDER BY l.id`)
	identityOfStaff    = statement("identity_link.of_staff", identityColumns+` WHERE l.staff_id = :staff_id ORDER BY l.id`)
	identityOfSession  = statement("identity_link.of_session", identityColumns+` JOIN identity_session s ON s.link_id = l.id WHERE s.session_id = :session_id`)
	identityLapse      = statement("identity_link.lapse", `UPDATE identity_link SET lapsed = :lapsed WHERE staff_id = :staff_id AND lapsed <> :lapsed`)
	identityDelete     = statement("identity_link.delete", `DELETE FROM identity_link WHERE customer_id = :customer_id`)

	identityOpened = statement("identity_session.insert", `INSERT INTO identity_session (session_id, link_id, sid) VALUES (:session_id, :link_id, :sid)`)
	// The sessions of somebody, or of one session at the provider; or of both.
	sessionsOfSubject = statement("identity_session.of_subject", `SELECT s.session_id, s.sid, u.token_hash FROM identity_link l JOIN identity_session s ON s.link_id = l.id JOIN user_session u ON u.id = s.session_id
		WHERE l.issuer = :issuer AND l.subject = :subject AND l.door = :door`)
	sessionsOfSID = statement("identity_session.of_sid", `SELECT s.session_id, s.sid, u.token_hash FROM identity_session s JOIN identity_link l ON l.id = s.link_id JOIN user_session u ON u.id = s.session_id
		WHERE s.sid = :sid AND l.issuer = :issuer AND l.door = :door`)
)

func (s identities) Insert(ctx context.Context, i user.Identity) error {
	_, err := s.h.exec(ctx, identityInsert, bind("id", i.ID), bind("door", string(i.Door)), bind("issuer", i.Issuer), bind("subject", i.Subject),
		bind("customer_id", i.CustomerID), bind("staff_id", i.StaffID), bind("created_at", i.CreatedAt))
	if codeOf(err) == codeUnique {
		return user.IdentityTaken()
	}
	return fail(err, "insert identity %s", i.ID)
}

func scanIdentity(r scanner) (i user.Identity, err error) {
	err = r.Scan(&i.ID, &i.Door, &i.Issuer, &i.Subject, &i.CustomerID, &i.StaffID, &i.Lapsed, &i.CreatedAt)
	i.CreatedAt = i.CreatedAt.UTC()
	return i, err
}

func (s identities) Find(ctx context.Context, d user.Door, issuer, subject string) (user.Identity, error) {
	return s.one(ctx, identityFind, bind("issuer", issuer), bind("subject", subject), bind("door", string(d)))
}

func (s identities) OfSession(ctx context.Context, session string) (user.Identity, error) {
	return s.one(ctx, identityOfSession, bind("session_id", session))
}

func (s identities) one(ctx context.Context, st *Statement, args ...sql.NamedArg) (user.Identity, error) {
	i, err := scanIdentity(s.h.row(ctx, st, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return i, user.IdentityNotFound()
	}
	return i, fail(err, "select identity")
}

func (s identities) Of(ctx context.Context, o user.Owner) ([]user.Identity, error) {
	st, whose := owned(o, identityOfCustomer, identityOfStaff)
	list, err := collect(ctx, s.h, st, scanIdentity, whose)
	return list, fail(err, "select identities")
}

func (s identities) SetLapsed(ctx context.Context, staff string, lapsed bool) error {
	_, err := s.h.exec(ctx, identityLapse, bind("staff_id", staff), bind("lapsed", bit(lapsed)))
	return fail(err, "lapse identities of staff %s", staff)
}

func (s identities) Delete(ctx context.Context, customer string) error {
	_, err := s.h.exec(ctx, identityDelete, bind("customer_id", customer))
	return fail(err, "delete identities of customer %s", customer)
}

// EndSessions ends those of the subject, of the session there, or, if both are
// given, those that are of both.
func (s identities) EndSessions(ctx context.Context, d user.Door, l user.Logout) (ended [][]byte, err error) {
	st, args := sessionsOfSubject, []sql.NamedArg{bind("subject", l.Subject), bind("issuer", l.Issuer), bind("door", string(d))}
	if l.Subject == "" {
		st, args[0] = sessionsOfSID, bind("sid", l.SessionID)
	}
	type opened struct {
		id, sid   string
		tokenHash []byte
	}
	list, err := collect(ctx, s.h, st, func(r scanner) (o opened, err error) { return o, r.Scan(&o.id, &o.sid, &o.tokenHash) }, args...)
	if err != nil {
		return nil, fail(err, "select sessions of an identity")
	}
	for _, o := range list {
		if l.SessionID != "" && o.sid != l.SessionID {
			continue
		}
		n, err := s.h.exec(ctx, sessionDelete, bind("id", o.id))
		if err != nil {
			return ended, fail(err, "end session %s", o.id)
		}
		if n > 0 {
			ended = append(ended, o.tokenHash)
		}
	}
	return ended, nil
}
