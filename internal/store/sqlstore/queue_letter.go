package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"tradewind/internal/domain/queue"
)

// letters keeps queue_letter.
type letters struct{ h handle }

var (
	letterUpdate = statement("queue_letter.update", `UPDATE queue_letter SET channel = :channel, body = :body, deliveries = :deliveries,
		last_error = :reason, put_at = :put_at, died_at = :died_at WHERE letter_key = :letter_key`)
	letterInsert = statement("queue_letter.insert", `INSERT INTO queue_letter (letter_key, channel, kind, job_id, body, deliveries, last_error, put_at, died_at)
		VALUES (:letter_key, :channel, :kind, :job_id, :body, :deliveries, :reason, :put_at, :died_at)`)
	letterAll = statement("queue_letter.all", `SELECT channel, kind, job_id, body, deliveries, last_error, put_at, died_at FROM queue_letter
		WHERE letter_key > :after_key ORDER BY letter_key FETCH FIRST :n ROWS ONLY`)
	letterPage = statement("queue_letter.page", `SELECT channel, kind, job_id, body, deliveries, last_error, put_at, died_at FROM queue_letter
		WHERE channel = :channel AND letter_key > :after_key ORDER BY letter_key FETCH FIRST :n ROWS ONLY`)
	letterGet = statement("queue_letter.get", `SELECT channel, kind, job_id, body, deliveries, last_error, put_at, died_at FROM queue_letter
		WHERE letter_key = :letter_key`)
	letterDelete = statement("queue_letter.delete", `DELETE FROM queue_letter WHERE letter_key = :letter_key AND died_at = :died_at`)
	letterCount  = statement("queue_letter.count", `SELECT COUNT(*) FROM (SELECT letter_key FROM queue_letter WHERE channel = :channel FETCH FIRST :n ROWS ONLY)`)
)

// Bury is an update or else an insert; who loses the race for the insert updates.
func (s letters) Bury(ctx context.Context, l queue.Letter) error {
	args := []sql.NamedArg{bind("letter_key", l.Key()), bind("channel", l.Channel), bind("body", string(l.Body)), bind("deliveries", l.Deliveries),
		bind("reason", clip(l.LastError, 1000)), bind("put_at", l.PutAt), bind("died_at", l.DiedAt)}
	n, err := s.h.exec(ctx, letterUpdate, args...)
	if err != nil || n > 0 {
		return fail(err, "bury job %s", l.Key())
	}
	_, err = s.h.exec(ctx, letterInsert, append(args, bind("kind", l.Kind), bind("job_id", l.ID))...)
	if codeOf(err) == codeUnique {
		_, err = s.h.exec(ctx, letterUpdate, args...)
	}
	return fail(err, "bury job %s", l.Key())
}

func scanLetter(r scanner) (l queue.Letter, err error) {
	var body string
	err = r.Scan(&l.Channel, &l.Kind, &l.ID, &body, &l.Deliveries, &l.LastError, &l.PutAt, &l.DiedAt)
	l.Body, l.PutAt, l.DiedAt = json.RawMessage(body), l.PutAt.UTC(), l.DiedAt.UTC()
	return l, err
}

func (s letters) List(ctx context.Context, channel, after string, n int) (list []queue.Letter, err error) {
	if after == "" {
		after = " "
	}
	st, args := letterAll, []sql.NamedArg{bind("after_key", after), bind("n", n)}
	if channel != "" {
		st, args = letterPage, append(args, bind("channel", channel))
	}
	list, err = collect(ctx, s.h, st, scanLetter, args...)
	return list, fail(err, "select dead letters")
}

func (s letters) Get(ctx context.Context, key string) (queue.Letter, error) {
	l, err := scanLetter(s.h.row(ctx, letterGet, bind("letter_key", key)))
	if errors.Is(err, sql.ErrNoRows) {
		return l, queue.LetterNotFound(key)
	}
	return l, fail(err, "select dead letter %s", key)
}

func (s letters) Remove(ctx context.Context, key string, diedAt time.Time) error {
	n, err := s.h.exec(ctx, letterDelete, bind("letter_key", key), bind("died_at", diedAt))
	if err == nil && n == 0 {
		return queue.LetterNotFound(key)
	}
	return fail(err, "delete dead letter %s", key)
}

func (s letters) Count(ctx context.Context, channel string) (n int64, err error) {
	err = s.h.row(ctx, letterCount, bind("channel", channel), bind("n", backlogBound)).Scan(&n)
	return n, fail(err, "count dead letters of %s", channel)
}
