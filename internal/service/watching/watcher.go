package watching

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"tradewind/internal/domain/notify"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/telemetry"
)

// Watcher tells operators of what the rules say. Of several processes that see the
// same, one tells: whoever gets through a door of the Guard, which is then shut
// until it is time to tell again.
type Watcher struct {
	Read    func() ([]telemetry.Sample, error)
	Rules   []Rule
	Alerts  []notify.Alerts // all are told; the first is the one that must be
	Guard   user.Guard
	Now     func() time.Time
	Log     *slog.Logger
	Replica string
	Again   time.Duration // after which it is told again

	Told atomic.Int64

	seen map[string]*state
}

// state is what this process knows of a rule.
type state struct {
	since  time.Time // since when it holds without a pause
	calm   time.Time // since when it does not
	active bool      // operators know, from this process or another
	next   time.Time // when there may be something to tell
}

// calmFor is how long a rule must not hold to be over, so that what comes and
// goes is told once.
const calmFor = time.Minute

// Look judges the metrics once. It is to be called every so often.
func (w *Watcher) Look(ctx context.Context) error {
	samples, err := w.Read()
	if err != nil {
		return err
	}
	if w.seen == nil {
		w.seen = map[string]*state{}
	}
	for _, r := range w.Rules {
		s := w.seen[r.Name]
		if s == nil {
			s = &state{}
			w.seen[r.Name] = s
		}
		if value, known := r.by("", samples)[""]; known && value > r.Above {
			err = errors.Join(err, w.holds(ctx, r, s, value, samples))
		} else {
			err = errors.Join(err, w.calm(ctx, r, s))
		}
	}
	return err
}

func (w *Watcher) holds(ctx context.Context, r Rule, s *state, value float64, samples []telemetry.Sample) error {
	now := w.Now()
	s.calm = time.Time{}
	if s.since.IsZero() {
		s.since = now
	}
	if now.Sub(s.since) < r.For {
		return nil
	}
	if now.Before(s.next) {
		return nil
	}
	text := fmt.Sprintf("%s: %g, bound %g, since %s, seen by %s.\n%s\n\n%s\nMore: %s\n", r.What, value, r.Above, s.since.Format(time.RFC3339), w.Replica,
		strings.Join(r.above(r.Above, samples), "\n"), r.Do, r.Link)
	wait, err := w.tell(ctx, key(r), w.Again, r.Name+" "+now.Format(time.RFC3339), "Tradewind: "+r.What, text)
	if err != nil {
		return fmt.Errorf("alert %s: %w", r.Name, err)
	}
	s.active, s.next = true, now.Add(wait)
	return nil
}

func (w *Watcher) calm(ctx context.Context, r Rule, s *state) error {
	now := w.Now()
	if !s.active {
		*s = state{}
		return nil
	}
	if s.calm.IsZero() {
		s.calm = now
	}
	if now.Sub(s.calm) < calmFor {
		return nil
	}
	// Whoever was first to say so has taken the key away.
	raised, err := w.Guard.Trusted(ctx, key(r), now)
	if err == nil && raised {
		text := fmt.Sprintf("%s: this is over since %s.\n", r.What, s.calm.Format(time.RFC3339))
		var wait time.Duration
		if wait, err = w.tell(ctx, key(r)+":over", calmFor, r.Name+" over "+now.Format(time.RFC3339), "Tradewind: over: "+r.What, text); err == nil && wait == calmFor {
			err = w.Guard.Forget(ctx, key(r))
		}
	}
	if err != nil {
		return fmt.Errorf("alert %s is over: %w", r.Name, err)
	}
	*s = state{}
	return nil
}

func key(r Rule) string { return "alert:" + r.Name }

// tell tells everybody unless another process has done so, and returns for how
// long there is nothing more to tell.
func (w *Watcher) tell(ctx context.Context, door string, shut time.Duration, id, title, text string) (time.Duration, error) {
	wait, err := w.Guard.Attempt(ctx, door, user.Limit{Free: 1, First: shut, Most: shut, Forget: shut}, w.Now())
	if err != nil || wait > 0 {
		return wait, err
	}
	for i, to := range w.Alerts {
		err := to.Alert(ctx, notify.Alert{ID: id, Title: title, Text: text})
		switch {
		case err != nil && i == 0: // whoever looks next tries again
			return 0, errors.Join(err, w.Guard.Undo(context.WithoutCancel(ctx), door, w.Now()))
		case err != nil:
			w.Log.ErrorContext(ctx, "alert not told everywhere", "alert", id, "err", err)
		}
	}
	w.Told.Add(1)
	return shut, nil
}
