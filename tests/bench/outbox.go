package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// The bounds of the measurement: how long the worker has for what waits, how long
// orders come in while it works, and how long it has for those.
const (
	drainMost = 60 * time.Second
	comeFor   = 15 * time.Second
	catchUp   = 15 * time.Second
)

// benchOutbox lets events wait while there is no worker, then starts one, and two,
// and looks at what is left; then orders come in while they work.
func benchOutbox(p parts) error {
	ctx := context.Background()
	dir, took, err := p.filled(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\n### Outbox\n\n%d paid orders of three with 2 events each were written at %.0f a second while nobody delivered; ages count from then\n\n", p.orders, float64(p.orders)/took.Seconds())
	fmt.Println("| workers | events | delivered | s | events/s | CPU ms each | jobs left then | orders come at | for s | oldest at the end, s | events left | emptied after, s |\n|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, workers := range []int{1, 2} {
		data, err := copied(dir)
		if err != nil {
			return err
		}
		if err := p.deliver(ctx, data, workers); err != nil {
			return err
		}
	}
	return nil
}

// filled is the folder of a closed shop whose events wait.
func (p parts) filled(ctx context.Context) (dir string, took time.Duration, err error) {
	if dir, err = seeded(p.bin, 374); err != nil {
		return "", 0, err
	}
	s, err := opened(p.bin, dir)
	if err != nil {
		return "", 0, err
	}
	defer s.end()
	if err := s.ready(); err != nil {
		return "", 0, err
	}
	if err := s.sells(50); err != nil {
		return "", 0, err
	}
	if err := s.drained(); err != nil {
		return "", 0, err
	}
	if err := s.stop(); err != nil {
		return "", 0, err
	}
	b, err := openBacklog(ctx, dir)
	if err != nil {
		return "", 0, err
	}
	defer b.db.Close()
	began := time.Now()
	for range p.orders / batchOf {
		if err := b.write(ctx, batchOf); err != nil {
			return "", 0, err
		}
	}
	return dir, time.Since(began), nil
}

// sells lets n orders be placed and paid over HTTP.
func (s *shop) sells(n int) error {
	g, err := s.goodsOf()
	if err != nil {
		return err
	}
	c, err := dial(s.addr)
	if err != nil {
		return err
	}
	defer c.net.Close()
	three := g.three()
	for range n {
		if err := checkout(c, three()); err != nil {
			return err
		}
	}
	return nil
}

// deliver opens as many processes, each with a worker, and prints how they did.
func (p parts) deliver(ctx context.Context, dir string, workers int) error {
	b, err := openBacklog(ctx, dir)
	if err != nil {
		return err
	}
	defer b.db.Close()
	first, err := b.left(ctx)
	if err != nil {
		return err
	}
	var pids []int
	began := time.Now()
	for i := range workers {
		// The embedded index has one owner, so each process has an index of its own.
		s, err := opened(p.bin, dir, "-fts.path", fmt.Sprintf("data/search-%d.db", i), "-sandboxpay.journal", "", "-log.level", "warn")
		if err != nil {
			return err
		}
		defer s.end()
		pids = append(pids, s.cmd.Process.Pid)
		if p.profiles != "" {
			go p.workerProfile(s, fmt.Sprintf("outbox-%d-%d", workers, i))
		}
	}
	now := first
	for deadline := began.Add(drainMost); now.events > 0 && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if now.events == first.events { // nobody has begun
			began = time.Now()
		}
		if now, err = b.left(ctx); err != nil {
			return err
		}
	}
	drain, cpu, delivered := time.Since(began), cpuOf(pids...), first.events-now.events
	jobs := now.jobs
	wrote, last, err := b.come(ctx, p.rate)
	if err != nil {
		return err
	}
	came := time.Now()
	for now = last; now.events > 0 && time.Since(came) < catchUp; time.Sleep(50 * time.Millisecond) {
		if now, err = b.left(ctx); err != nil {
			return err
		}
	}
	after := strconv.FormatFloat(time.Since(came).Seconds(), 'f', 1, 64)
	if now.events > 0 {
		after = fmt.Sprintf("%d left after %.0f", now.events, catchUp.Seconds())
	}
	fmt.Printf("| %d | %d | %d | %.1f | %.0f | %s | %d | %.0f/s | %.0f | %.1f | %d | %s |\n", workers, first.events, delivered, drain.Seconds(), float64(delivered)/drain.Seconds(), ms(cpu/time.Duration(max(1, delivered))), jobs,
		wrote, comeFor.Seconds(), last.oldest.Seconds(), last.events, after)
	return nil
}

// come writes orders at a rate for a while, or as many as can be written, and says how
// many a second those were and what waits at the end.
func (b *backlog) come(ctx context.Context, rate int) (perSecond float64, last left, err error) {
	const chunk = 50
	began, n := time.Now(), 0
	for time.Since(began) < comeFor {
		if err := b.write(ctx, chunk); err != nil {
			return 0, last, err
		}
		n += chunk
		time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / time.Duration(rate))))
	}
	perSecond = float64(n) / time.Since(began).Seconds()
	last, err = b.left(ctx)
	return perSecond, last, err
}

// left is what waits to be delivered or done.
type left struct {
	events, jobs int
	oldest       time.Duration
}

// left counts; the store itself counts up to a bound.
func (b *backlog) left(ctx context.Context) (l left, err error) {
	if err := b.counts.QueryRowContext(ctx, `SELECT COUNT(*) FROM outbox WHERE CASE WHEN state = 'pending' THEN id END > '0'`).Scan(&l.events); err != nil {
		return l, err
	}
	if err := b.counts.QueryRowContext(ctx, `SELECT COUNT(*) FROM queue_job`).Scan(&l.jobs); err != nil {
		return l, err
	}
	known, err := b.db.Read().Outbox.Backlog(ctx, time.Now().UTC())
	l.oldest = known.Oldest
	return l, err
}

// countsOf opens the database of a folder for counting.
func countsOf(dir string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+filepath.Join(dir, "data", "tradewind.db")+"?mode=ro&_pragma=busy_timeout(5000)")
}

// workerProfile fetches what a worker spends its time on.
func (p parts) workerProfile(s *shop, name string) {
	time.Sleep(2 * time.Second)
	r, err := http.Get("http://" + s.ops + "/debug/pprof/profile?seconds=15")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = os.WriteFile(filepath.Join(p.profiles, name+".pprof"), body, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// metricsOf is what a shop says to Prometheus.
func metricsOf(s *shop) (string, error) {
	r, err := http.Get("http://" + s.ops + "/metrics")
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return string(body), err
}
