package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
)

// drillPlan is what a game day is to be.
type drillPlan struct {
	dir, mode             string
	load, every, rpo, rto time.Duration
	buyers                int
	asJSON                bool
}

func (d *drillPlan) flags(fs *flag.FlagSet) {
	fs.StringVar(&d.dir, "dir", "", "folder to work in, which stays; empty for one that goes")
	fs.StringVar(&d.mode, "mode", "all", "failure: region A is lost while it sells; planned: A hands over to B; all: a failure, and back as planned")
	fs.DurationVar(&d.load, "load", 10*time.Second, "for how long buyers buy before and after")
	fs.IntVar(&d.buyers, "buyers", 8, "how many buyers buy at once")
	fs.DurationVar(&d.every, "every", time.Second, "how often a region ships what has changed")
	fs.DurationVar(&d.rpo, "rpo", 5*time.Second, "how much a failure may lose (a planned move: nothing)")
	fs.DurationVar(&d.rto, "rto", time.Minute, "how long nobody may be able to buy")
	fs.BoolVar(&d.asJSON, "json", false, "print the report as JSON")
}

func (d drillPlan) validate() error {
	switch {
	case d.mode != "failure" && d.mode != "planned" && d.mode != "all":
		return fmt.Errorf("mode is %q; choose failure, planned or all", d.mode)
	case d.load < time.Second || d.load > time.Hour || d.buyers < 1 || d.buyers > 256:
		return fmt.Errorf("load is %v, buyers %d; choose 1s to 1h, and 1 to 256", d.load, d.buyers)
	case d.rpo <= 0 || d.rto <= 0:
		return fmt.Errorf("rpo is %v, rto %v; both are more than nothing", d.rpo, d.rto)
	}
	return nil
}

// step is one of a move, and how long it took.
type step struct {
	Name string        `json:"name"`
	Took time.Duration `json:"took_ns"`
	Note string        `json:"note,omitempty"`
}

// move is what happened when one region took the place of the other.
type move struct {
	Kind     string        `json:"kind"` // failure or planned
	From     string        `json:"from"`
	To       string        `json:"to"`
	Steps    []step        `json:"steps"`
	Before   int           `json:"orders_before"` // acknowledged
	After    int           `json:"orders_after"`  // acknowledged by the other region
	Lost     int           `json:"orders_lost"`   // acknowledged and not there
	Returned int           `json:"payments_given_back"`
	RPO      time.Duration `json:"rpo_ns"`
	RTO      time.Duration `json:"rto_ns"`
	Failed   []string      `json:"failed"` // what was not as it should be
	Done     bool          `json:"done"`   // it came to its end
}

var errDrill = errors.New("the drill has failed; see above")

// drill handles `tradewind drill`.
func drill(ctx context.Context, args []string) (err error) {
	var d drillPlan
	fs := flag.NewFlagSet("drill", flag.ContinueOnError)
	d.flags(fs)
	if err := fs.Parse(args); err != nil {
		return err
	}
	if err := d.validate(); err != nil {
		return err
	}
	dir := d.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "tradewind-drill-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	}
	if dir, err = filepath.Abs(dir); err != nil { // regions have folders of their own
		return err
	}
	g, err := newGame(ctx, d, dir)
	if err != nil {
		return err
	}
	defer g.close()
	moves, err := g.play(ctx)
	if e := printMoves(os.Stdout, d, moves); e != nil {
		return e
	}
	if err != nil {
		return err
	}
	for _, m := range moves {
		if len(m.Failed) > 0 {
			return errDrill
		}
	}
	return nil
}

// game is a drill that goes on.
type game struct {
	stage
	plan     drillPlan
	a, b     *region
	steering *steering
	buyers   *buyers
	fence    string
	stop     context.CancelFunc
}

func (g *game) close() {
	if g.stop != nil {
		g.stop()
	}
	if g.steering != nil {
		g.steering.server.Close() //nolint:errcheck // it is the end
	}
	g.stage.close()
}

func secret() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func newGame(ctx context.Context, d drillPlan, dir string) (*game, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	key, hook := secret(), secret()
	g := &game{stage: stage{exe: exe, dir: dir, env: []string{"TRADEWIND_SANDBOXPAY_KEY=" + key, "TRADEWIND_SANDBOXPAY_WEBHOOK_SECRET=" + hook, "TRADEWIND_TOKEN_SECRET=" + secret() + secret()}},
		plan: d, fence: filepath.Join(dir, "fence")}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "TRADEWIND_") { // a drill has settings of its own
			g.env = append(g.env, kv)
		}
	}
	pay, err := freeAddress()
	if err != nil {
		return nil, err
	}
	for _, into := range []struct {
		r    **region
		name string
	}{{&g.a, "a"}, {&g.b, "b"}} {
		r := &region{name: into.name, dir: filepath.Join(dir, into.name)}
		var e1, e2 error
		r.shop, e1 = freeAddress()
		r.ops, e2 = freeAddress()
		if err := errors.Join(e1, e2, os.MkdirAll(r.dir, 0o700)); err != nil {
			return nil, err
		}
		r.common = []string{"-region.name", r.name, "-region.fence", g.fence, "-region.every", "500ms", "-sandboxpay.url", "http://" + pay}
		*into.r = r
	}
	steered, stop := context.WithCancel(ctx)
	g.stop = stop
	if g.steering, err = steer(steered, 500*time.Millisecond, g.a, g.b); err != nil {
		return nil, err
	}
	if _, err := g.start(dir, "sandboxpay.log", "sandboxpay", "-sandboxpay.addr", pay, "-webhook", "http://"+g.steering.addr+"/v1/webhooks/sandboxpay"); err != nil {
		return nil, err
	}
	g.buyers = &buyers{at: g.steering.addr, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: d.buyers}}}
	return g, until(ctx, time.Minute, "the payment provider", func() bool { return answersOK("http://" + pay + "/healthz") }, nil)
}

// play is the whole day.
func (g *game) play(ctx context.Context) (moves []move, err error) {
	if _, err := g.run(ctx, g.a.dir, "migrate", "up"); err != nil {
		return nil, err
	}
	if _, err := g.run(ctx, g.a.dir, "seed", "-stock", "100000"); err != nil {
		return nil, err
	}
	if err := g.sells(ctx, g.a); err != nil {
		return nil, err
	}
	if err := g.goods(ctx); err != nil {
		return nil, err
	}
	kinds := map[string][]string{"failure": {"failure"}, "planned": {"planned"}, "all": {"failure", "planned"}}[g.plan.mode]
	from, to := g.a, g.b
	for _, kind := range kinds {
		m, err := g.move(ctx, kind, from, to)
		moves = append(moves, m)
		if err != nil {
			return moves, err
		}
		from, to = to, from
	}
	return moves, nil
}

// sells opens a region and ships what changes in it.
func (g *game) sells(ctx context.Context, r *region) (err error) {
	if err := g.open(ctx, r); err != nil {
		return err
	}
	if r.ship, err = g.stage.start(r.dir, "ship.log", "ship", "-to", g.depot(r), "-every", g.plan.every.String()); err != nil {
		return err
	}
	return until(ctx, time.Minute, "requests to go to "+r.name, func() bool { return g.steering.to.Load() == r }, r.serve)
}

// depot is where a region ships to: in the other one.
func (g *game) depot(r *region) string { return filepath.Join(g.dir, "shipped-by-"+r.name) }

// goods are what buyers may buy.
func (g *game) goods(ctx context.Context) error {
	var page struct {
		Items []struct {
			Slug string `json:"slug"`
		}
	}
	if _, err := g.buyers.ask(ctx, "GET", "/v1/products?limit=24", "", "", nil, &page); err != nil {
		return err
	}
	for _, p := range page.Items {
		var product struct {
			Variants []struct{ SKU string }
		}
		if _, err := g.buyers.ask(ctx, "GET", "/v1/products/"+p.Slug, "", "", nil, &product); err != nil {
			return err
		}
		for _, v := range product.Variants {
			g.buyers.skus = append(g.buyers.skus, v.SKU)
		}
	}
	if len(g.buyers.skus) == 0 {
		return errors.New("the shop has nothing to sell")
	}
	return nil
}

// settle gives back what the provider took for what the region does not know, and
// returns how many payments that were, and what does not agree afterwards.
func (g *game) settle(ctx context.Context, to *region) (n int, left []string, err error) {
	out, err := g.run(ctx, to.dir, append([]string{"verify", "-give-back", "-yes"}, to.common...)...)
	for line := range strings.Lines(out) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "give back "):
			n++
		case err != nil && strings.Contains(line, ": ") && !strings.Contains(line, "findings"):
			left = append(left, line)
		}
	}
	if err != nil && strings.Contains(err.Error(), "the books do not agree") {
		err = nil
	}
	return n, left, err
}

func printMoves(to io.Writer, d drillPlan, moves []move) error {
	if d.asJSON {
		return json.NewEncoder(to).Encode(map[string]any{"moves": moves, "target_rpo_ns": d.rpo, "target_rto_ns": d.rto})
	}
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	for _, m := range moves {
		fmt.Fprintf(w, "%s: from %s to %s\n", m.Kind, m.From, m.To)
		for _, s := range m.Steps {
			fmt.Fprintf(w, "  %s\t%v\t%s\n", s.Name, s.Took.Round(time.Millisecond), s.Note)
		}
		target := d.rpo
		if m.Kind == "planned" {
			target = 0
		}
		fmt.Fprintf(w, "  RPO\t%v\tof %v; %d of %d acknowledged orders were lost, %d payments given back\n", m.RPO.Round(time.Millisecond), target, m.Lost, m.Before, m.Returned)
		fmt.Fprintf(w, "  RTO\t%v\tof %v; %d orders afterwards\n", m.RTO.Round(time.Millisecond), d.rto, m.After)
		verdict := "passed"
		if !m.Done {
			verdict = "did not come to its end"
		}
		if len(m.Failed) > 0 {
			verdict = "FAILED: " + strings.Join(m.Failed, "; ")
		}
		fmt.Fprintf(w, "  verdict\t%s\n", verdict)
	}
	return w.Flush()
}
