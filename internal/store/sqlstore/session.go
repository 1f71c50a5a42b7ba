package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tradewind/internal/domain/user"
)

// sessions keeps user_session.
type sessions struct{ h handle }

const sessionColumns = `SELECT s.id, s.token_hash, s.customer_id, s.staff_id, s.enrols_only, s.user_agent, s.created_at, s.last_used_at, s.ends_at, s.expires_at`

var (
	sessionInsert = statement("user_session.insert", `INSERT INTO user_session (id, token_hash, customer_id, staff_id, enrols_only, user_agent, created_at, last_used_at, ends_at, expires_at)
		VALUES (:id, :token_hash, :customer_id, :staff_id, :enrols_only, :user_agent, :created_at, :created_at, :ends_at, :expires_at)`)
	sessionOfCustomer = statement("user_session.customer", sessionColumns+`, c.name FROM user_session s JOIN customer c ON c.id = s.customer_id
		WHERE s.token_hash = :token_hash AND s.ends_at > :at_time AND c.status = 'active'`)
	sessionOfStaff = statement("user_session.staff", sessionColumns+`, m.name FROM user_session s JOIN staff m ON m.id = s.staff_id
		WHERE s.token_hash = :token_hash AND s.ends_at > :at_time AND m.status = 'active'`)
	sessionUsed = statement("user_session.used", `UPDATE user_session SET last_used_at = :at_time, ends_at = :ends_at WHERE id = :id AND last_used_at < :before_time`)

	sessionsOfCustomer = statement("user_session.of_customer", sessionColumns+`, i.link_id, i.sid FROM user_session s LEFT JOIN identity_session i ON i.session_id = s.id WHERE s.customer_id = :customer_id AND s.ends_at > :at_time ORDER BY s.id`)
	sessionsOfStaff    = statement("user_session.of_staff", sessionColumns+`, i.link_id, i.sid FROM user_session s LEFT JOIN identity_session i ON i.session_id = s.id WHERE s.staff_id = :staff_id AND s.ends_at > :at_time ORDER BY s.id`)
	sessionEndCustomer = statement("user_session.end_customer", `DELETE FROM user_session WHERE id = :id AND customer_id = :customer_id`)
	sessionEndStaff    = statement("user_session.end_staff", `DELETE FROM user_session WHERE id = :id AND staff_id = :staff_id`)
	sessionsEndOfCust  = statement("user_session.end_all_customer", `DELETE FROM user_session WHERE customer_id = :customer_id AND id <> :keep`)
	sessionsEndOfStaff = statement("user_session.end_all_staff", `DELETE FROM user_session WHERE staff_id = :staff_id AND id <> :keep`)

	sessionOld    = statement("user_session.old", `SELECT id FROM user_session WHERE ends_at < :at_time ORDER BY ends_at, id FETCH FIRST :n ROWS ONLY`)
	sessionDelete = statement("user_session.delete", `DELETE FROM user_session WHERE id = :id`)
)

func (s sessions) Insert(ctx context.Context, x user.Session) error {
	_, err := s.h.exec(ctx, sessionInsert, bind("id", x.ID), bind("token_hash", x.TokenHash), bind("customer_id", x.CustomerID), bind("staff_id", x.StaffID),
		bind("enrols_only", bit(x.EnrolsOnly)), bind("user_agent", x.UserAgent), bind("created_at", x.CreatedAt), bind("ends_at", x.EndsAt), bind("expires_at", x.ExpiresAt))
	if err == nil && x.LinkID != "" {
		_, err = s.h.exec(ctx, identityOpened, bind("session_id", x.ID), bind("link_id", x.LinkID), bind("sid", x.ProviderSession))
	}
	return fail(err, "insert session %s", x.ID)
}

func (s sessions) Customer(ctx context.Context, tokenHash []byte, now time.Time) (user.Session, string, error) {
	return s.find(ctx, sessionOfCustomer, tokenHash, now)
}

func (s sessions) Staff(ctx context.Context, tokenHash []byte, now time.Time) (user.Session, string, error) {
	return s.find(ctx, sessionOfStaff, tokenHash, now)
}

func (s sessions) find(ctx context.Context, st *Statement, tokenHash []byte, now time.Time) (x user.Session, name string, err error) {
	x, err = scanSession(s.h.row(ctx, st, bind("token_hash", tokenHash), bind("at_time", now)), &name)
	if errors.Is(err, sql.ErrNoRows) {
		return x, "", user.SignInRequired()
	}
	return x, name, fail(err, "select session")
}

func scanSession(r scanner, more ...any) (x user.Session, err error) {
	err = r.Scan(append([]any{&x.ID, &x.TokenHash, &x.CustomerID, &x.StaffID, &x.EnrolsOnly, &x.UserAgent, &x.CreatedAt, &x.LastUsedAt, &x.EndsAt, &x.ExpiresAt}, more...)...)
	return x, err
}

// scanOpened reads how a session was opened too.
func scanOpened(r scanner) (user.Session, error) {
	var link, sid string
	x, err := scanSession(r, &link, &sid)
	x.LinkID, x.ProviderSession = link, sid
	return x, err
}

func (s sessions) Used(ctx context.Context, x user.Session, now, ends, before time.Time) error {
	_, err := s.h.exec(ctx, sessionUsed, bind("id", x.ID), bind("at_time", now), bind("ends_at", ends), bind("before_time", before))
	return fail(err, "prolong session %s", x.ID)
}

// owned picks the statement and the bind by whose sessions are meant.
func owned(o user.Owner, customer, staff *Statement) (*Statement, sql.NamedArg) {
	if o.StaffID != "" {
		return staff, bind("staff_id", o.StaffID)
	}
	return customer, bind("customer_id", o.CustomerID)
}

func (s sessions) Of(ctx context.Context, o user.Owner, now time.Time) ([]user.Session, error) {
	st, whose := owned(o, sessionsOfCustomer, sessionsOfStaff)
	list, err := collect(ctx, s.h, st, scanOpened, whose, bind("at_time", now))
	return list, fail(err, "select sessions")
}

func (s sessions) End(ctx context.Context, o user.Owner, id string) error {
	st, whose := owned(o, sessionEndCustomer, sessionEndStaff)
	n, err := s.h.exec(ctx, st, bind("id", id), whose)
	if err == nil && n == 0 {
		return user.SessionNotFound(id)
	}
	return fail(err, "end session %s", id)
}

func (s sessions) EndAll(ctx context.Context, o user.Owner, keep string) (int64, error) {
	if keep == "" {
		keep = "0" // no id; '' would be NULL, and nothing differs from that
	}
	st, whose := owned(o, sessionsEndOfCust, sessionsEndOfStaff)
	n, err := s.h.exec(ctx, st, whose, bind("keep", keep))
	return n, fail(err, "end sessions")
}

func (s sessions) Purge(ctx context.Context, before time.Time, n int) (int64, error) {
	return purge(ctx, s.h, sessionOld, sessionDelete, bind("at_time", before), n)
}
