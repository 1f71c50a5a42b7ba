package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tradewind/internal/domain/user"
)

// oneTimes keeps one_time_token. What is used stays until its time is over:
// the event that made a token may come twice, and must not make it anew.
type oneTimes struct{ h handle }

var (
	oneTimeInsert = statement("one_time_token.insert", `INSERT INTO one_time_token (id, token_hash, purpose, customer_id, email, expires_at)
		VALUES (:id, :token_hash, :purpose, :customer_id, :email, :expires_at)`)
	oneTimeFind = statement("one_time_token.find", `SELECT id, customer_id, email, purpose, expires_at FROM one_time_token
		WHERE token_hash = :token_hash AND purpose = :purpose AND used = 0 AND expires_at > :at_time`)
	oneTimeTake   = statement("one_time_token.take", `UPDATE one_time_token SET used = 1 WHERE id = :id AND used = 0`)
	oneTimeDrop   = statement("one_time_token.drop", `UPDATE one_time_token SET used = 1 WHERE customer_id = :customer_id AND purpose = :purpose AND used = 0`)
	oneTimeDelete = statement("one_time_token.delete", `DELETE FROM one_time_token WHERE id = :id`)
	oneTimeOld    = statement("one_time_token.old", `SELECT id FROM one_time_token WHERE expires_at < :at_time ORDER BY expires_at, id FETCH FIRST :n ROWS ONLY`)
)

func (s oneTimes) Insert(ctx context.Context, t user.OneTime) error {
	_, err := s.h.exec(ctx, oneTimeInsert, bind("id", t.ID), bind("token_hash", t.TokenHash), bind("purpose", string(t.Purpose)), bind("customer_id", t.CustomerID),
		bind("email", t.Email), bind("expires_at", t.ExpiresAt))
	if codeOf(err) == codeUnique {
		return nil
	}
	return fail(err, "insert token %s", t.ID)
}

func (s oneTimes) Find(ctx context.Context, p user.Purpose, tokenHash []byte, now time.Time) (t user.OneTime, err error) {
	err = s.h.row(ctx, oneTimeFind, bind("token_hash", tokenHash), bind("purpose", string(p)), bind("at_time", now)).
		Scan(&t.ID, &t.CustomerID, &t.Email, &t.Purpose, &t.ExpiresAt)
	if errors.Is(err, sql.ErrNoRows) {
		return t, user.LinkInvalid()
	}
	return t, fail(err, "select token")
}

func (s oneTimes) Take(ctx context.Context, t user.OneTime) error {
	n, err := s.h.exec(ctx, oneTimeTake, bind("id", t.ID))
	if err == nil && n == 0 {
		return user.LinkInvalid()
	}
	return fail(err, "take token %s", t.ID)
}

func (s oneTimes) Drop(ctx context.Context, customer string, p user.Purpose) error {
	_, err := s.h.exec(ctx, oneTimeDrop, bind("customer_id", customer), bind("purpose", string(p)))
	return fail(err, "drop tokens of customer %s", customer)
}

func (s oneTimes) Purge(ctx context.Context, before time.Time, n int) (int64, error) {
	return purge(ctx, s.h, oneTimeOld, oneTimeDelete, bind("at_time", before), n)
}
