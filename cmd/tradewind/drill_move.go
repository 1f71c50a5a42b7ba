package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// clockwork notes how long steps take.
type clockwork struct {
	m    *move
	last time.Time
}

func (c *clockwork) done(name, note string) {
	c.m.Steps = append(c.m.Steps, step{name, time.Since(c.last), note})
	c.last = time.Now()
}

// move lets one region take the place of the other while buyers buy.
func (g *game) move(ctx context.Context, kind string, from, to *region) (m move, err error) {
	m = move{Kind: kind, From: from.name, To: to.name, Failed: []string{}}
	c := &clockwork{&m, time.Now()}
	wrong := func(format string, args ...any) { m.Failed = append(m.Failed, fmt.Sprintf(format, args...)) }

	g.buyers.forget()
	home := g.buyers.open(ctx, g.plan.buyers)
	defer func() { home() }()
	if err := pause(ctx, g.plan.load+rand.N(g.plan.every)); err != nil { // a loss keeps no time
		return m, err
	}
	c.done("buyers buy", fmt.Sprintf("%d orders", len(g.buyers.journal())))

	cut := time.Now()
	if kind == "failure" {
		from.serve.kill()
		from.ship.kill()
		cut = time.Now()
		c.done("region "+from.name+" is lost", "SIGKILL")
	} else if err := g.handOver(ctx, from, c, &cut); err != nil {
		return m, err
	}
	before := g.buyers.journal()
	m.Before = len(before)

	moment, promoted, err := g.takeOver(ctx, from, to, c)
	if err != nil {
		return m, err
	}
	var first time.Time // since the other was promoted, all orders are its own
	if err := until(ctx, g.plan.rto+time.Minute, "the first order", func() bool { _, first = g.buyers.since(promoted); return !first.IsZero() }, to.serve); err != nil {
		return m, err
	}
	m.RTO = first.Sub(cut)
	c.done("the first order through the steering", "")

	if err := pause(ctx, g.plan.load); err != nil {
		return m, err
	}
	home()
	home = func() {}
	m.After, _ = g.buyers.since(first.Add(-time.Millisecond))
	c.done("buyers buy there", fmt.Sprintf("%d orders", m.After))

	if err := until(ctx, 2*time.Minute, "the outbox to be empty", func() bool { return g.delivered(ctx, to) }, to.serve); err != nil {
		return m, err
	}
	c.done("the outbox is delivered", "")

	if err := g.account(ctx, kind, before, cut, moment, to, &m, wrong); err != nil {
		return m, err
	}
	c.done("books and provider agree", fmt.Sprintf("%d payments given back", m.Returned))

	if kind == "failure" {
		g.comesBack(ctx, from, wrong)
		c.done("region "+from.name+" comes back", "and may not sell")
	}
	m.Done = true
	if m.RTO > g.plan.rto {
		wrong("nobody could buy for %v, %v were allowed", m.RTO.Round(time.Millisecond), g.plan.rto)
	}
	return m, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// handOver closes a region in order, and ships the last it knows.
func (g *game) handOver(ctx context.Context, from *region, c *clockwork, cut *time.Time) error {
	*cut = time.Now()
	if err := from.serve.stop(); err != nil {
		return fmt.Errorf("close region %s: %w", from.name, err)
	}
	c.done("region "+from.name+" closes", "what was under way came to its end")
	if err := from.ship.stop(); err != nil {
		return fmt.Errorf("end the shipping of %s: %w", from.name, err)
	}
	if _, err := g.run(ctx, from.dir, "ship", "-once", "-to", g.depot(from)); err != nil {
		return err
	}
	c.done("the last is shipped", "")
	return nil
}

// takeOver restores what was shipped, promotes the region and opens it. It
// returns the moment that was restored, and when the region was promoted.
func (g *game) takeOver(ctx context.Context, from, to *region, c *clockwork) (moment, promoted time.Time, err error) {
	out, err := g.run(ctx, to.dir, append([]string{"restore", "-from", g.depot(from), "-at", "latest", "-force"}, to.common...)...)
	if err != nil && !strings.Contains(err.Error(), "the backup is in place") { // money that was on its way is a finding until the shop has run
		return moment, promoted, err
	}
	if moment, err = restoredMoment(out); err != nil {
		return moment, promoted, err
	}
	c.done("restored and the index made", "the moment "+moment.Format("15:04:05.000"))
	if _, err := g.run(ctx, to.dir, append([]string{"promote"}, to.common...)...); err != nil {
		return moment, promoted, err
	}
	promoted = time.Now()
	c.done("region "+to.name+" promoted", "")
	if err := g.sells(ctx, to); err != nil {
		return moment, promoted, err
	}
	c.done("open, and requests go there", "")
	return moment, promoted, nil
}

// restoredMoment reads what restore says.
func restoredMoment(out string) (time.Time, error) {
	_, rest, ok := strings.Cut(out, "segments, of ")
	text, _, closed := strings.Cut(rest, ";")
	if !ok || !closed {
		return time.Time{}, fmt.Errorf("restore said: %s", out)
	}
	return time.Parse("2006-01-02 15:04:05.000 MST", text)
}

// delivered reports whether nothing waits in the outbox of a region.
func (g *game) delivered(ctx context.Context, r *region) bool {
	out, err := g.run(ctx, r.dir, "outbox", "list")
	return err == nil && strings.HasPrefix(out, "0 ")
}

// account holds what buyers were promised against what the region knows, and the
// provider's book against ours.
func (g *game) account(ctx context.Context, kind string, before []sold, cut, moment time.Time, to *region, m *move, wrong func(string, ...any)) error {
	lost, early := 0, []string{}
	for _, o := range before {
		var seen struct{ Status string }
		status, err := g.buyers.ask(ctx, "GET", "/v1/orders/"+o.ID, o.Token, "", nil, &seen)
		switch {
		case err != nil:
			return err
		case status == http.StatusNotFound:
			if lost++; o.Placed.Before(moment) {
				early = append(early, o.ID)
			}
		case status != http.StatusOK:
			return fmt.Errorf("order %s: %d", o.ID, status)
		}
	}
	if m.Lost = lost; lost > 0 {
		m.RPO = cut.Sub(moment)
	}
	if len(early) > 0 {
		wrong("%d orders were acknowledged before the moment that was restored, and are not there, such as %s", len(early), early[0])
	}
	limit := g.plan.rpo
	if kind == "planned" {
		limit = 0
	}
	if m.RPO > limit {
		wrong("%v were lost, %v were allowed", m.RPO.Round(time.Millisecond), limit)
	}
	// Money for orders that are lost is given back; what is on its way is waited for.
	var left []string
	var last error
	err := until(ctx, 2*time.Minute, "the books to agree", func() bool {
		n, findings, err := g.settle(ctx, to)
		m.Returned += n
		left, last = findings, err
		return err == nil && len(findings) == 0
	}, to.serve)
	if err != nil {
		wrong("books do not agree: %d findings, such as %s, %v", len(left), strings.Join(left[:min(3, len(left))], "; "), last)
	}
	if kind == "planned" && m.Returned > 0 {
		wrong("%d payments were taken for orders that are not there", m.Returned)
	}
	return nil
}

// comesBack opens the lost region as it is: it must see that another sells.
func (g *game) comesBack(ctx context.Context, r *region, wrong func(string, ...any)) {
	err := g.open(ctx, r)
	switch {
	case err == nil:
		r.serve.kill()
		wrong("region %s sells again beside the other", r.name)
	case !strings.Contains(err.Error(), "the process ended"):
		r.serve.kill()
		wrong("region %s: %v", r.name, err)
	}
	if errors.Is(err, context.Canceled) {
		wrong("the drill was ended")
	}
}
