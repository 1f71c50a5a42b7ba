package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"tradewind/internal/domain/queue"
	"tradewind/internal/platform/fault"
)

// deadJobView is a dead job without what it holds: that can be a way into
// somebody's account.
type deadJobView struct {
	Kind       string    `json:"kind"`
	ID         string    `json:"id"`
	Channel    string    `json:"channel"`
	Deliveries int64     `json:"deliveries"`
	LastError  string    `json:"last_error"`
	PutAt      time.Time `json:"put_at"`
	DiedAt     time.Time `json:"died_at"`
}

func viewDeadJob(l queue.Letter) deadJobView {
	return deadJobView{Kind: l.Kind, ID: l.ID, Channel: l.Channel, Deliveries: l.Deliveries, LastError: l.LastError, PutAt: l.PutAt, DiedAt: l.DiedAt}
}

// listDeadJobs handles GET /v1/admin/dead-jobs?channel&limit&cursor.
func (a *API) listDeadJobs(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "channel", "limit", "cursor")
	channel := q.text("channel", 40)
	read := func(ctx context.Context, after string, n int) ([]queue.Letter, error) {
		return a.DB.Read().Letters.List(ctx, channel, after, n)
	}
	return listed(w, r, q, "dead-jobs", read, viewDeadJob, queue.Letter.Key)
}

// deadJob reads which dead job is meant.
func deadJob(r *http.Request) (key string, err error) {
	id, err := pathID(r, "letter-not-found")
	if err != nil {
		return "", err
	}
	kind := mux.Vars(r)["kind"]
	if len(kind) > 60 || !printable(kind) {
		return "", fault.New(fault.NotFound, "letter-not-found", "There is no such kind of jobs.")
	}
	return queue.Job{Kind: kind, ID: id}.Key(), nil
}

// replayDeadJob handles POST /v1/admin/dead-jobs/{kind}/{id}/replay.
func (a *API) replayDeadJob(w http.ResponseWriter, r *http.Request) error {
	key, err := deadJob(r)
	if err != nil {
		return err
	}
	return done(w, a.Oversight.ReplayJob(r.Context(), key, who(r).Actor()))
}

// dropDeadJob handles DELETE /v1/admin/dead-jobs/{kind}/{id}.
func (a *API) dropDeadJob(w http.ResponseWriter, r *http.Request) error {
	key, err := deadJob(r)
	if err != nil {
		return err
	}
	return done(w, a.Oversight.DropJob(r.Context(), key, who(r).Actor()))
}
