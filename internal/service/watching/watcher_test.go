package watching

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/notify"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// pager keeps alerts, unless it is away.
type pager struct {
	away bool
	got  []notify.Alert
}

func (p *pager) Alert(_ context.Context, a notify.Alert) error {
	if p.away {
		return notify.AlertsUnavailable(errors.New("away"))
	}
	if err := a.Check(); err != nil {
		return err
	}
	p.got = append(p.got, a)
	return nil
}

func (p *pager) titles() (list []string) {
	for _, a := range p.got {
		list = append(list, strings.TrimPrefix(a.Title, "Tradewind: "))
	}
	return list
}

// floor is processes that look at the same database, with one clock.
type floor struct {
	at    time.Time
	dead  float64 // events
	alone float64
	pager *pager
	guard user.Guard
}

func newFloor(t *testing.T) *floor {
	t.Helper()
	c := sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(t.TempDir(), "shop.db"), PoolSize: 2}
	m, err := sqlstore.OpenMigrator(t.Context(), c, migrations.FS, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Up(t.Context())
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), c, migrations.FS, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &floor{at: noon, pager: &pager{}, guard: db.Read().Guard}
}

func (f *floor) watcher(name string) *Watcher {
	return &Watcher{Rules: Rules(5 * time.Minute), Alerts: []notify.Alerts{f.pager}, Guard: f.guard, Now: func() time.Time { return f.at }, Replica: name, Again: time.Hour,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Read: func() ([]telemetry.Sample, error) {
			return []telemetry.Sample{{Name: "tradewind_outbox_dead", Labels: map[string]string{"service": "all"}, Value: f.dead},
				{Name: "tradewind_oci_left_alone", Labels: map[string]string{"service": "objects"}, Value: f.alone}}, nil
		}}
}

// pass lets time pass while all look every quarter of a minute.
func (f *floor) pass(t *testing.T, d time.Duration, all ...*Watcher) {
	t.Helper()
	for end := f.at.Add(d); f.at.Before(end); f.at = f.at.Add(15 * time.Second) {
		for _, w := range all {
			if err := w.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (f *floor) want(t *testing.T, titles ...string) {
	t.Helper()
	if got := f.pager.titles(); strings.Join(got, "; ") != strings.Join(titles, "; ") {
		t.Errorf("told: %q\nwant: %q", got, titles)
	}
}

func TestAnAlertIsRaisedOnceToldAgainEveryHourAndEnded(t *testing.T) {
	f := newFloor(t)
	w := f.watcher("one")
	f.pass(t, time.Hour, w)
	f.want(t)
	f.dead = 3
	f.pass(t, 50*time.Minute, w)
	f.want(t, "Events are dead")
	if text := f.pager.got[0].Text; !strings.Contains(text, "tradewind_outbox_dead{service=all} is 3") || !strings.Contains(text, "seen by one") || !strings.Contains(text, "outbox replay all") {
		t.Errorf("the text is %q", text)
	}
	f.pass(t, 30*time.Minute, w)
	f.want(t, "Events are dead", "Events are dead")
	f.dead = 0
	f.pass(t, 5*time.Minute, w)
	f.want(t, "Events are dead", "Events are dead", "over: Events are dead")
	f.pass(t, 3*time.Hour, w)
	f.dead = 1
	f.pass(t, 5*time.Minute, w)
	f.want(t, "Events are dead", "Events are dead", "over: Events are dead", "Events are dead")
}

func TestOfSeveralWorkersOneTells(t *testing.T) {
	f := newFloor(t)
	one, other := f.watcher("one"), f.watcher("other")
	f.dead = 3
	f.pass(t, 70*time.Minute, one, other)
	f.want(t, "Events are dead", "Events are dead")
	f.pass(t, 5*time.Minute, f.watcher("begun later"))
	f.dead = 0
	f.pass(t, 10*time.Minute, one, other)
	f.want(t, "Events are dead", "Events are dead", "over: Events are dead")
}

func TestWhatDoesNotLastIsNotTold(t *testing.T) {
	f := newFloor(t)
	w := f.watcher("one")
	for range 10 {
		f.alone = 1
		f.pass(t, 45*time.Second, w)
		f.alone = 0
		f.pass(t, 30*time.Second, w)
	}
	f.want(t)
	f.alone = 1
	f.pass(t, 2*time.Minute, w)
	for range 10 { // it comes and goes
		f.alone = 0
		f.pass(t, 30*time.Second, w)
		f.alone = 1
		f.pass(t, 30*time.Second, w)
	}
	f.want(t, "A service of Oracle Cloud is left alone")
}

func TestWhatCouldNotBeToldIsToldLater(t *testing.T) {
	f := newFloor(t)
	w, other := f.watcher("one"), f.watcher("other")
	f.dead, f.pager.away = 3, true
	for range 3 {
		if err := w.Look(t.Context()); err == nil || !strings.Contains(err.Error(), "outbox-dead") {
			t.Fatalf("nobody says that nobody was told: %v", err)
		}
	}
	f.pager.away = false
	f.pass(t, 10*time.Minute, other, w)
	f.want(t, "Events are dead")
}

func TestNobodyIsToldOfTheEndOfWhatNobodyWasTold(t *testing.T) {
	f := newFloor(t)
	w := f.watcher("one")
	f.dead, f.pager.away = 3, true
	if err := w.Look(t.Context()); err == nil {
		t.Fatal("it is not away")
	}
	f.dead, f.pager.away = 0, false
	f.pass(t, 10*time.Minute, w)
	f.want(t)
}

func TestEachRuleSaysWhatToDoAndWhereThatIsExplained(t *testing.T) {
	names := map[string]bool{}
	for _, r := range Rules(time.Minute) {
		if names[r.Name] || r.What == "" || r.Of == "" || !strings.HasSuffix(r.Do, ".") || len("alert:"+r.Name+":over") > 80 {
			t.Errorf("rule %+v", r)
		}
		names[r.Name] = true
		file, anchor, _ := strings.Cut(r.Link, "#")
		text, err := os.ReadFile(filepath.Join("..", "..", "..", file))
		if err != nil {
			t.Error(err)
			continue
		}
		found := anchor == ""
		for line := range strings.Lines(string(text)) {
			heading, ok := strings.CutPrefix(line, "## ")
			found = found || ok && strings.ReplaceAll(strings.ToLower(strings.TrimSpace(heading)), " ", "-") == anchor
		}
		if !found {
			t.Errorf("%s has no section %s", file, anchor)
		}
	}
}
