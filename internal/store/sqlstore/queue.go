package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/domain/queue"
)

// jobs keeps queue_job. A receipt is the row's id, a dot and the number of the
// delivery, so that one of an earlier delivery finds nothing.
type jobs struct{ h handle }

var (
	jobInsert = statement("queue_job.insert", `INSERT INTO queue_job (id, channel, kind, job_id, body, put_at, visible_at)
		VALUES (:id, :channel, :kind, :job_id, :body, :at_time, :at_time)`)
	jobDue = statement("queue_job.due", `SELECT id, kind, job_id, body, put_at, deliveries FROM queue_job
		WHERE channel = :channel AND visible_at <= :at_time ORDER BY visible_at, id FETCH FIRST :n ROWS ONLY`)
	jobAny = statement("queue_job.any", `SELECT id FROM queue_job
		WHERE channel = :channel AND visible_at <= :at_time ORDER BY visible_at FETCH FIRST 1 ROWS ONLY`)
	jobClaim = statement("queue_job.claim", `UPDATE queue_job SET visible_at = :until_time, deliveries = deliveries + 1
		WHERE id = :id AND deliveries = :deliveries AND visible_at <= :at_time`)
	jobHide   = statement("queue_job.hide", `UPDATE queue_job SET visible_at = :until_time WHERE id = :id AND deliveries = :deliveries`)
	jobDelete = statement("queue_job.delete", `DELETE FROM queue_job WHERE id = :id AND deliveries = :deliveries`)
	jobDepth  = statement("queue_job.depth", `SELECT COUNT(*) FROM (SELECT id FROM queue_job
		WHERE channel = :channel AND visible_at <= :at_time FETCH FIRST :n ROWS ONLY)`)
	jobHidden = statement("queue_job.hidden", `SELECT COUNT(*) FROM (SELECT id FROM queue_job
		WHERE channel = :channel AND visible_at > :at_time FETCH FIRST :n ROWS ONLY)`)
	jobOldest = statement("queue_job.oldest", `SELECT MIN(put_at) FROM queue_job WHERE channel = :channel`)
)

func (s jobs) Add(ctx context.Context, list []queue.Job, now time.Time) error {
	for _, j := range list {
		if _, err := s.h.exec(ctx, jobInsert, bind("id", newID()), bind("channel", j.Channel), bind("kind", j.Kind), bind("job_id", j.ID),
			bind("body", string(j.Body)), bind("at_time", now)); err != nil {
			return fail(err, "add job %s", j.Key())
		}
	}
	return nil
}

func (s jobs) Due(ctx context.Context, channel string, now time.Time) (bool, error) {
	found, err := collect(ctx, s.h, jobAny, func(r scanner) (id string, err error) { return id, r.Scan(&id) }, bind("channel", channel), bind("at_time", now))
	return len(found) > 0, fail(err, "look for jobs of %s", channel)
}

func (s jobs) Claim(ctx context.Context, channel string, n int, now, until time.Time) ([]queue.Delivery, error) {
	type row struct {
		id string
		queue.Delivery
	}
	due, err := collect(ctx, s.h, jobDue, func(r scanner) (d row, err error) {
		var body string
		err = r.Scan(&d.id, &d.Kind, &d.ID, &body, &d.PutAt, &d.Deliveries)
		d.Channel, d.Body, d.PutAt = channel, json.RawMessage(body), d.PutAt.UTC()
		return d, err
	}, bind("channel", channel), bind("at_time", now), bind("n", n))
	if err != nil {
		return nil, fail(err, "select jobs of %s", channel)
	}
	slices.SortFunc(due, func(a, b row) int { return strings.Compare(a.id, b.id) }) // two who claim do not wait for each other in a circle
	var claimed []queue.Delivery
	for _, d := range due {
		k, err := s.h.exec(ctx, jobClaim, bind("id", d.id), bind("deliveries", d.Deliveries), bind("until_time", until), bind("at_time", now))
		if err != nil {
			return nil, fail(err, "claim job %s", d.Key())
		}
		if k == 1 {
			d.Deliveries++
			d.Receipt = d.id + "." + strconv.FormatInt(d.Deliveries, 10)
			claimed = append(claimed, d.Delivery)
		}
	}
	return claimed, nil
}

// ofReceipt binds what a receipt says.
func ofReceipt(receipt string, more ...sql.NamedArg) []sql.NamedArg {
	id, number, _ := strings.Cut(receipt, ".")
	deliveries, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		deliveries = -1 // nobody's
	}
	return append(more, bind("id", id), bind("deliveries", deliveries))
}

func (s jobs) Hide(ctx context.Context, receipt string, until time.Time) (bool, error) {
	n, err := s.h.exec(ctx, jobHide, ofReceipt(receipt, bind("until_time", until))...)
	return n == 1, fail(err, "hide job %s", receipt)
}

func (s jobs) Delete(ctx context.Context, receipt string) error {
	_, err := s.h.exec(ctx, jobDelete, ofReceipt(receipt)...)
	return fail(err, "delete job %s", receipt)
}

func (s jobs) Depth(ctx context.Context, channel string, now time.Time) (d queue.Depth, err error) {
	for st, into := range map[*Statement]*int64{jobDepth: &d.Waiting, jobHidden: &d.Hidden} {
		if err := s.h.row(ctx, st, bind("channel", channel), bind("at_time", now), bind("n", backlogBound)).Scan(into); err != nil {
			return d, fail(err, "count jobs of %s", channel)
		}
	}
	var oldest sql.NullTime
	if err := s.h.row(ctx, jobOldest, bind("channel", channel)).Scan(&oldest); err != nil {
		return d, fail(err, "look for the oldest job of %s", channel)
	}
	if oldest.Valid {
		d.Oldest = max(0, now.Sub(oldest.Time))
	}
	return d, nil
}
