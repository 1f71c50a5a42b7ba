package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/telemetry"
)

// outboxes keeps outbox.
type outboxes struct {
	h     handle
	added *bool
}

// inboxes keeps inbox.
type inboxes struct{ h handle }

// backlogBound is how far a backlog is counted.
const backlogBound = 10_000

var (
	outboxInsert = statement("outbox.insert", `INSERT INTO outbox (id, aggregate_id, aggregate_seq, topic, payload, created_at, next_at, traceparent)
		VALUES (:id, :aggregate_id, :aggregate_seq, :topic, :payload, :created_at, :created_at, :traceparent)`)
	// The COALESCE takes the column's affinity away, without which SQLite would
	// not look the expression up in outbox_open_ix but read all of it.
	outboxDue = statement("outbox.due", `SELECT o.id, o.aggregate_id, o.aggregate_seq, o.topic, o.payload, o.created_at, o.attempts, o.traceparent FROM outbox o
		WHERE CASE WHEN o.state = 'pending' THEN o.id END > '0' AND o.next_at <= :at_time AND (o.claimed_until IS NULL OR o.claimed_until < :at_time)
		AND NOT EXISTS (SELECT 1 FROM outbox e
			WHERE CASE WHEN e.state <> 'done' THEN e.aggregate_id END = COALESCE(o.aggregate_id, ' ')
			AND CASE WHEN e.state <> 'done' THEN e.aggregate_seq END < o.aggregate_seq)
		ORDER BY CASE WHEN o.state = 'pending' THEN o.id END FETCH FIRST :n ROWS ONLY`)
	outboxClaim = statement("outbox.claim", `UPDATE outbox SET claimed_by = :worker, claimed_until = :until_time, attempts = attempts + 1
		WHERE id = :id AND created_at >= :made_from AND created_at < :made_until AND state = 'pending' AND (claimed_until IS NULL OR claimed_until < :at_time)`)
	outboxDone = statement("outbox.done", `UPDATE outbox SET state = 'done', done_at = :at_time, claimed_by = NULL, claimed_until = NULL
		WHERE id = :id AND created_at >= :made_from AND created_at < :made_until AND claimed_by = :worker AND state = 'pending'`)
	outboxRetry = statement("outbox.retry", `UPDATE outbox SET next_at = :next_time, claimed_by = NULL, claimed_until = NULL, last_error = :reason
		WHERE id = :id AND created_at >= :made_from AND created_at < :made_until AND claimed_by = :worker AND state = 'pending'`)
	outboxBury = statement("outbox.bury", `UPDATE outbox SET state = 'dead', claimed_by = NULL, claimed_until = NULL, last_error = :reason
		WHERE id = :id AND created_at >= :made_from AND created_at < :made_until AND claimed_by = :worker AND state = 'pending'`)
	outboxDead = statement("outbox.dead", `SELECT id, aggregate_id, aggregate_seq, topic, payload, created_at, attempts, last_error FROM outbox
		WHERE state = 'dead' AND id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`)
	outboxReplay = statement("outbox.replay", `UPDATE outbox SET state = 'pending', attempts = 0, next_at = :at_time
		WHERE id = :id AND created_at >= :made_from AND created_at < :made_until AND state = 'dead'`)

	outboxDrop = statement("outbox.drop", `UPDATE outbox SET state = 'done', done_at = :at_time
		WHERE id = :id AND created_at >= :made_from AND created_at < :made_until AND state = 'dead'`)

	outboxWaiting = statement("outbox.waiting", `SELECT id FROM outbox WHERE CASE WHEN state <> 'done' THEN aggregate_id END = COALESCE(:aggregate_id, ' ') FETCH FIRST 1 ROWS ONLY`)
	outboxPending = statement("outbox.pending", `SELECT COUNT(*), MIN(created_at) FROM (SELECT id, created_at FROM outbox
		WHERE CASE WHEN state = 'pending' THEN id END > '0' ORDER BY CASE WHEN state = 'pending' THEN id END FETCH FIRST :n ROWS ONLY)`)
	outboxDeadCount = statement("outbox.dead_count", `SELECT COUNT(*) FROM (SELECT id FROM outbox
		WHERE CASE WHEN state <> 'done' THEN aggregate_id END > ' ' AND state = 'dead' FETCH FIRST :n ROWS ONLY)`)
	outboxOld = statement("outbox.old", `SELECT id FROM outbox WHERE id < :before_id AND state = 'done' ORDER BY id FETCH FIRST :n ROWS ONLY`)
	outboxCut = statement("outbox.delete", `DELETE FROM outbox WHERE id = :id`)

	inboxInsert = statement("inbox.insert", `INSERT INTO inbox (consumer, message_id, handled_at) VALUES (:consumer, :message_id, :handled_at)`)
	inboxGet    = statement("inbox.get", `SELECT consumer FROM inbox WHERE consumer = :consumer AND message_id = :message_id`)
	inboxHas    = listStatement("inbox.has", `SELECT message_id FROM inbox WHERE consumer = :consumer AND message_id IN (:list)`)
	inboxOld    = statement("inbox.old", `SELECT consumer, message_id FROM inbox WHERE handled_at < :at_time ORDER BY handled_at, consumer, message_id FETCH FIRST :n ROWS ONLY`)
	inboxCut    = statement("inbox.delete", `DELETE FROM inbox WHERE consumer = :consumer AND message_id = :message_id`)
)

// ofEvent binds an event's id with the time in it, and by it the partition.
func ofEvent(id string, more ...sql.NamedArg) []sql.NamedArg {
	made, _ := ident.Time(id)
	return append(more, bind("id", id), bind("made_from", made), bind("made_until", made.Add(time.Millisecond)))
}

func (s outboxes) Add(ctx context.Context, e outbox.Event) error {
	payload, err := json.Marshal(e.Payload)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.Topic, err)
	}
	if _, err := s.h.exec(ctx, outboxInsert, bind("id", ident.At(e.At)), bind("aggregate_id", e.Aggregate), bind("aggregate_seq", e.Seq), bind("topic", e.Topic),
		bind("payload", string(payload)), bind("created_at", e.At), bind("traceparent", telemetry.Traceparent(ctx))); err != nil {
		return fail(err, "add event %s", e.Topic)
	}
	*s.added = true
	return nil
}

func (s outboxes) Claim(ctx context.Context, worker string, now, until time.Time, n int) ([]outbox.Message, error) {
	due, err := collect(ctx, s.h, outboxDue, func(r scanner) (m outbox.Message, err error) {
		var payload string
		err = r.Scan(&m.ID, &m.Aggregate, &m.Seq, &m.Topic, &payload, &m.CreatedAt, &m.Attempts, &m.Trace)
		m.Payload = json.RawMessage(payload)
		return m, err
	}, bind("at_time", now), bind("n", n))
	if err != nil {
		return nil, fail(err, "select due events")
	}
	claimed := due[:0]
	for _, m := range due {
		k, err := s.h.exec(ctx, outboxClaim, ofEvent(m.ID, bind("worker", worker), bind("until_time", until), bind("at_time", now))...)
		if err != nil {
			return nil, fail(err, "claim event %s", m.ID)
		}
		if k == 1 {
			m.Attempts++
			claimed = append(claimed, m)
		}
	}
	return claimed, nil
}

func (s outboxes) Done(ctx context.Context, worker string, now time.Time, ids []string) (done int64, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	made := func(id string) time.Time { at, _ := ident.Time(id); return at }
	done, err = s.h.batch(ctx, outboxDone, bind("worker", worker), bind("at_time", now), column("id", ids, func(id string) string { return id }),
		column("made_from", ids, made), column("made_until", ids, func(id string) time.Time { return made(id).Add(time.Millisecond) }))
	return done, fail(err, "finish %d events", len(ids))
}

func (s outboxes) Retry(ctx context.Context, worker, id string, next time.Time, reason string) error {
	if _, err := s.h.exec(ctx, outboxRetry, ofEvent(id, bind("worker", worker), bind("next_time", next), bind("reason", clip(reason, 1000)))...); err != nil {
		return fail(err, "put back event %s", id)
	}
	return nil
}

func (s outboxes) Bury(ctx context.Context, worker, id string, _ time.Time, reason string) error {
	if _, err := s.h.exec(ctx, outboxBury, ofEvent(id, bind("worker", worker), bind("reason", clip(reason, 1000)))...); err != nil {
		return fail(err, "bury event %s", id)
	}
	return nil
}

// clip cuts text to n characters, the limit of its column.
func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}

func (s outboxes) Dead(ctx context.Context, after string, n int) ([]outbox.Letter, error) {
	if after == "" {
		after = "0"
	}
	list, err := collect(ctx, s.h, outboxDead, func(r scanner) (l outbox.Letter, err error) {
		var payload string
		err = r.Scan(&l.ID, &l.Aggregate, &l.Seq, &l.Topic, &payload, &l.CreatedAt, &l.Attempts, &l.LastError)
		l.Payload = json.RawMessage(payload)
		return l, err
	}, bind("after_id", after), bind("n", n))
	if err != nil {
		return nil, fail(err, "select dead letters")
	}
	return list, nil
}

func (s outboxes) Replay(ctx context.Context, id string, now time.Time) error {
	return s.raise(ctx, outboxReplay, id, now)
}

func (s outboxes) Drop(ctx context.Context, id string, now time.Time) error {
	return s.raise(ctx, outboxDrop, id, now)
}

// raise ends the death of a letter.
func (s outboxes) raise(ctx context.Context, st *Statement, id string, now time.Time) error {
	n, err := s.h.exec(ctx, st, ofEvent(id, bind("at_time", now))...)
	if err != nil {
		return fail(err, "%s %s", st.Name, id)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "letter-not-found", "There is no dead letter %s.", id)
	}
	return nil
}

func (s outboxes) Waiting(ctx context.Context, aggregate string) (bool, error) {
	var id string
	err := s.h.row(ctx, outboxWaiting, bind("aggregate_id", aggregate)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, fail(err, "look for events of %s", aggregate)
}

func (s outboxes) Backlog(ctx context.Context, now time.Time) (b outbox.Backlog, err error) {
	var oldest sql.NullTime
	if err := s.h.row(ctx, outboxPending, bind("n", backlogBound)).Scan(&b.Pending, &oldest); err != nil {
		return b, fail(err, "count pending events")
	}
	if oldest.Valid {
		b.Oldest = now.Sub(oldest.Time)
	}
	if err := s.h.row(ctx, outboxDeadCount, bind("n", backlogBound)).Scan(&b.Dead); err != nil {
		return b, fail(err, "count dead letters")
	}
	return b, nil
}

// Purge goes by the ids, which begin with the time of the event.
func (s outboxes) Purge(ctx context.Context, before time.Time, n int) (int64, error) {
	return purge(ctx, s.h, outboxOld, outboxCut, bind("before_id", ident.First(before)), n)
}

func (s inboxes) Seen(ctx context.Context, consumer, messageID string) (bool, error) {
	var name string
	err := s.h.row(ctx, inboxGet, bind("consumer", consumer), bind("message_id", messageID)).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fail(err, "look for message %s of %s", messageID, consumer)
	}
	return true, nil
}

func (s inboxes) First(ctx context.Context, consumer, messageID string, now time.Time) (bool, error) {
	_, err := s.h.exec(ctx, inboxInsert, bind("consumer", consumer), bind("message_id", messageID), bind("handled_at", now))
	if codeOf(err) == 1 {
		return false, nil
	}
	if err != nil {
		return false, fail(err, "record message %s for %s", messageID, consumer)
	}
	return true, nil
}

// FirstOf sorts what it records, so that two who record the same do not wait for
// each other in a circle. If somebody was faster with one, each is recorded alone.
func (s inboxes) FirstOf(ctx context.Context, consumer string, messageIDs []string, now time.Time) (first []string, err error) {
	seen, err := s.seenOf(ctx, consumer, messageIDs)
	if err != nil {
		return nil, err
	}
	for _, id := range messageIDs {
		if !seen[id] {
			seen[id], first = true, append(first, id)
		}
	}
	if len(first) == 0 {
		return nil, nil
	}
	ids := slices.Sorted(slices.Values(first))
	_, err = s.h.batch(ctx, inboxInsert, bind("consumer", consumer), bind("handled_at", now), bind("message_id", ids))
	if codeOf(err) != codeUnique {
		return first, fail(err, "record %d messages for %s", len(first), consumer)
	}
	for _, id := range ids {
		mine, err := s.First(ctx, consumer, id, now)
		if err != nil {
			return nil, err
		}
		if !mine {
			first = slices.DeleteFunc(first, func(other string) bool { return other == id })
		}
	}
	return first, nil
}

func (s inboxes) seenOf(ctx context.Context, consumer string, messageIDs []string) (map[string]bool, error) {
	seen := map[string]bool{}
	err := inboxHas.each(messageIDs, func(st *Statement, list []sql.NamedArg) error {
		some, err := collect(ctx, s.h, st, scanID, append(list, bind("consumer", consumer))...)
		for _, id := range some {
			seen[id] = true
		}
		return err
	})
	return seen, fail(err, "look for %d messages of %s", len(messageIDs), consumer)
}

func (s inboxes) Purge(ctx context.Context, before time.Time, n int) (int64, error) {
	type key struct{ consumer, message string }
	old, err := collect(ctx, s.h, inboxOld, func(r scanner) (k key, err error) { return k, r.Scan(&k.consumer, &k.message) }, bind("at_time", before), bind("n", n))
	if err != nil {
		return 0, fail(err, "select old messages")
	}
	var deleted int64
	for _, k := range old {
		n, err := s.h.exec(ctx, inboxCut, bind("consumer", k.consumer), bind("message_id", k.message))
		if err != nil {
			return deleted, fail(err, "delete old message")
		}
		deleted += n
	}
	return deleted, nil
}
