package verify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/store"
)

// Sampled are the checks that a Sampler may find wrong, for metrics.
var Sampled = []string{"stock", "transfer", "order", "payment", "refund", "promotion", "listing", "audit", "customer", "staff", "bundle", "reservation", "invoice"}

// Sampler looks at the books all the time, a few rows at each Step, round after
// round. What it finds it looks at once more after Again: only what is still
// wrong then is a violation, since until then it may be a change in flight. What
// is reserved is not compared, which would read all reservations: Run does that.
type Sampler struct {
	DB    store.DB
	Now   func() time.Time
	Log   *slog.Logger
	Rows  int           // of one step; fewer where a step took longer than Slow
	Slow  time.Duration // bound of a step
	Again time.Duration

	book     int    // that is looked at
	after    string // the last row of it that was
	pace     int    // rows of the next step
	suspects []suspect

	mu      sync.Mutex
	seen    map[key]int // violations, with the round in which they were last seen
	round   int
	rounded time.Time // when the last round ended
	looked  int64
	skipped int64
}

// key names a violation.
type key struct{ check, subject string }

// suspect is a page on which something was wrong.
type suspect struct {
	book     int
	after    string
	n, round int
	found    map[key]bool
	at       time.Time
}

// Sample is what a Sampler knows.
type Sample struct {
	Violations map[string]int // by check
	Rounded    time.Time      // when the last full round ended; before the first, what Begin was told
	Looked     int64          // rows
	Skipped    int64          // pages that took too long
}

// Begin says when the first round began, for its age.
func (s *Sampler) Begin(at time.Time) { s.rounded = at }

// State returns what is known now.
func (s *Sampler) State() Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Sample{Violations: map[string]int{}, Rounded: s.rounded, Looked: s.looked, Skipped: s.skipped}
	for k := range s.seen {
		out.Violations[k.check]++
	}
	return out
}

// page looks at up to n rows behind after and says which was the last, "" at the end.
type page func(ctx context.Context, r *Report, after string, n int) (last string, looked int, err error)

func (s *Sampler) books() []page {
	return []page{s.stock, s.orders, s.promotions, s.listing, s.audit, s.customers, s.few}
}

// Step looks at one page, and once more at those that were suspect long enough ago.
func (s *Sampler) Step(ctx context.Context) error {
	now := s.Now()
	if len(s.suspects) > 0 && now.Sub(s.suspects[0].at) >= s.Again {
		again := s.suspects[0]
		s.suspects = s.suspects[1:]
		return s.confirm(ctx, again)
	}
	if s.pace == 0 {
		s.pace = s.Rows
	}
	last, found, err := s.look(ctx, s.book, s.after, s.pace)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && s.pace > 1: // fewer, the next time
		s.pace = max(1, s.pace/4)
		return nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		s.skip()
		last = ""
	case err != nil:
		return err
	}
	if len(found) > 0 {
		s.suspects = append(s.suspects, suspect{s.book, s.after, s.pace, s.round, found, now})
	}
	s.after = last
	if last == "" {
		s.turn(now)
	}
	return nil
}

// look reads a page. The pace follows how long that takes.
func (s *Sampler) look(ctx context.Context, book int, after string, n int) (last string, found map[key]bool, err error) {
	bounded, cancel := context.WithTimeout(ctx, s.Slow)
	defer cancel()
	var r Report
	began := time.Now()
	last, looked, err := s.books()[book](bounded, &r, after, n)
	if err != nil {
		return "", nil, err
	}
	switch took := time.Since(began); {
	case took > s.Slow/2:
		s.pace = max(1, n/2)
	case took < s.Slow/8:
		s.pace = min(s.Rows, 2*n)
	}
	s.mu.Lock()
	s.looked += int64(looked)
	s.mu.Unlock()
	found = map[key]bool{}
	for _, f := range r.Findings {
		found[key{f.Check, f.Subject}] = true
	}
	return last, found, nil
}

func (s *Sampler) skip() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped++
}

// turn goes on with the next book; after the last a round has ended, and what
// was not wrong in it any more is forgotten.
func (s *Sampler) turn(now time.Time) {
	s.after = ""
	if s.book++; s.book < len(s.books()) {
		return
	}
	s.book = 0
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, round := range s.seen {
		if round < s.round-1 { // those of this round may still be suspects
			delete(s.seen, k)
		}
	}
	s.round++
	s.rounded = now
}

// confirm looks at a suspect page once more.
func (s *Sampler) confirm(ctx context.Context, p suspect) error {
	_, found, err := s.look(ctx, p.book, p.after, p.n)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			s.skip()
			return nil
		}
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[key]int{}
	}
	for k := range p.found {
		_, known := s.seen[k]
		if !found[k] {
			delete(s.seen, k)
			continue
		}
		s.seen[k] = s.round
		if !known {
			s.Log.ErrorContext(ctx, "the books disagree", "check", k.check, "subject", k.subject)
		}
	}
	return nil
}

func (s *Sampler) stock(ctx context.Context, r *Report, after string, n int) (string, int, error) {
	bad, last, looked, err := s.DB.Read().Stock.Check(ctx, after, n, map[inventory.Place]int64{})
	for _, d := range bad {
		switch {
		case d.Unbalanced != 0:
			r.add("transfer", d.SKU, "units were lost on the way")
		case d.OnHand != d.LedgerOnHand || d.Incoming != d.LedgerIncoming || d.Incoming != d.Coming:
			r.add("stock", d.SKU, "counter and ledger differ")
		}
	}
	return last, int(looked), err
}

func (s *Sampler) orders(ctx context.Context, r *Report, after string, n int) (string, int, error) {
	page, err := s.DB.Read().Orders.Page(ctx, after, n)
	if err != nil {
		return "", 0, err
	}
	one := Service{DB: s.DB}
	for _, o := range page {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		if err := one.order(ctx, r, o, nil); err != nil {
			return "", 0, err
		}
	}
	if len(page) < n {
		return "", len(page), nil
	}
	return page[len(page)-1].ID, len(page), nil
}

func (s *Sampler) promotions(ctx context.Context, r *Report, after string, n int) (string, int, error) {
	names, last, err := s.DB.Read().Promotions.Miscounted(ctx, after, n)
	for _, name := range names {
		r.add("promotion", name, "counter and uses differ")
	}
	return last, n, err
}

func (s *Sampler) listing(ctx context.Context, r *Report, after string, n int) (string, int, error) {
	ids, last, err := s.DB.Read().Catalog.Misplaced(ctx, after, n)
	for _, id := range ids {
		r.add("listing", id, "not listed where it belongs")
	}
	return last, n, err
}
