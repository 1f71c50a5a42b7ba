package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/outbox"
)

// listAudit handles GET /v1/admin/audit?subject&limit&cursor: who did what, newest first.
func (a *API) listAudit(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "subject", "limit", "cursor")
	subject, limit := q.text("subject", 80), int(q.number("limit", 24, 1, 100))
	before := audit.Record{At: a.Now().Add(time.Hour)} // entries of now, by clocks that differ
	var at auditCursor
	if q.cursor("audit "+subject, &at) {
		before.At, before.Chain, before.Seq = at.At, at.Chain, at.Seq
	}
	if q.err != nil {
		return q.err
	}
	list, err := a.DB.Read().Audit.Newest(r.Context(), subject, before, limit+1)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, limit, viewAudit, func(x audit.Record) string { return cursorOf("audit "+subject, auditCursor{x.At, x.Chain, x.Seq}) }))
}

type auditCursor struct {
	At         time.Time
	Chain, Seq int64
}

type auditView struct {
	ID      string          `json:"id"` // chain and number in it
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor"`
	Action  string          `json:"action"`
	Subject string          `json:"subject"`
	Details json.RawMessage `json:"details"`
}

func viewAudit(x audit.Record) auditView {
	return auditView{ID: strconv.FormatInt(x.Chain, 10) + "/" + strconv.FormatInt(x.Seq, 10), At: x.At, Actor: x.Actor, Action: x.Action, Subject: x.Subject, Details: x.Details}
}

// listDead handles GET /v1/admin/dead-letters?limit&cursor.
func (a *API) listDead(w http.ResponseWriter, r *http.Request) error {
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "dead", a.DB.Read().Outbox.Dead, viewLetter, func(x outbox.Letter) string { return x.ID })
}

type letterView struct {
	ID        string    `json:"id"`
	Topic     string    `json:"topic"`
	Aggregate string    `json:"aggregate"`
	Attempts  int64     `json:"attempts"`
	LastError string    `json:"last_error"`
	CreatedAt time.Time `json:"created_at"`
}

func viewLetter(x outbox.Letter) letterView {
	return letterView{ID: x.ID, Topic: x.Topic, Aggregate: x.Aggregate, Attempts: x.Attempts, LastError: x.LastError, CreatedAt: x.CreatedAt}
}

// replayDead handles POST /v1/admin/dead-letters/{id}/replay.
func (a *API) replayDead(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "letter-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Oversight.Replay(r.Context(), id, who(r).Actor()))
}

// dropDead handles DELETE /v1/admin/dead-letters/{id}.
func (a *API) dropDead(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "letter-not-found")
	if err != nil {
		return err
	}
	return done(w, a.Oversight.Drop(r.Context(), id, who(r).Actor()))
}
