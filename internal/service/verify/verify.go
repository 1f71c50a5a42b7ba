// Package verify proves that the shop's books agree with themselves: stock with
// its ledger, orders with payments, promotions with their uses, the audit chain
// with its hashes, and payments with the provider's own book.
package verify

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/store"
)

// Finding is something that is wrong.
type Finding struct {
	Check   string `json:"check"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
}

// Report says what was looked at and what was found.
type Report struct {
	SKUs, Orders, Paid, Purged, AuditEntries int64
	Findings                                 []Finding
	Unknown                                  []string `json:"-"` // references under which the provider holds money for nothing that is here
}

// Taken says how often a provider took money under a reference and how much
// of it the shop still has, in minor units.
type Taken struct {
	Times int
	Kept  int64
}

// Service checks. Book, if not nil, is the provider's own record by reference.
type Service struct {
	DB   store.DB
	Book func(ctx context.Context) (map[string]Taken, error)
}

// What the audit says of an order when it is placed, imported, and purged.
const (
	placedAction   = "order.place"
	importedAction = "order.import"
	PurgedAction   = "order.purge"
)

// pageSize is how many rows are looked at at once.
const pageSize = 500

// Run looks at everything, a page at a time. It may run while the shop is open:
// what it reports then may be a change in flight, so run it again before alarm.
func (s *Service) Run(ctx context.Context) (Report, error) {
	var r Report
	for _, check := range []func(context.Context, *Report) error{s.stock, s.bundles, s.promotions, s.orders, s.invoices, s.auditChains, s.outbox, s.letters, s.people, s.listing} {
		if err := check(ctx, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *Report) add(check, subject, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{check, subject, fmt.Sprintf(format, args...)})
}

func (s *Service) promotions(ctx context.Context, r *Report) error {
	for after := ""; ; {
		names, last, err := s.DB.Read().Promotions.Miscounted(ctx, after, pageSize)
		if err != nil {
			return err
		}
		for _, name := range names {
			r.add("promotion", name, "the counter is above the budget or differs from the recorded uses")
		}
		if last == "" {
			return nil
		}
		after = last
	}
}

func (s *Service) orders(ctx context.Context, r *Report) error {
	var book map[string]Taken
	if s.Book != nil {
		var err error
		if book, err = s.Book(ctx); err != nil {
			return fmt.Errorf("read the provider's book: %w", err)
		}
		book = maps.Clone(book) // what is explained is taken out
	}
	for after := ""; ; {
		page, err := s.DB.Read().Orders.Page(ctx, after, pageSize)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			if err := s.purged(ctx, r, book); err != nil {
				return err
			}
			unknown(r, book)
			return nil
		}
		for _, o := range page {
			r.Orders++
			if err := s.order(ctx, r, o, book); err != nil {
				return err
			}
		}
		after = page[len(page)-1].ID
	}
}

// unknown reports money under references that no attempt of ours has; book
// holds what is left when all attempts are taken out.
func unknown(r *Report, book map[string]Taken) {
	for _, ref := range slices.Sorted(maps.Keys(book)) {
		if t := book[ref]; t.Kept != 0 { // what was taken and given back is nobody's loss
			r.Unknown = append(r.Unknown, ref)
			r.add("payment", ref, "the provider took money %d times and holds %d, but there is no such attempt", t.Times, t.Kept)
		}
	}
}

func (s *Service) auditChains(ctx context.Context, r *Report) error {
	placed, whole := int64(0), true
	for chain := range int64(audit.Chains) {
		prev, seq := make([]byte, 32), int64(0)
		broken := false
		for !broken {
			page, err := s.DB.Read().Audit.Page(ctx, chain, seq, pageSize)
			if err != nil {
				return err
			}
			if err := s.lost(ctx, r, page); err != nil {
				return err
			}
			for _, rec := range page {
				if rec.Seq != seq+1 || !bytes.Equal(audit.Link(prev, rec), rec.Hash) {
					r.add("audit", fmt.Sprintf("chain %d entry %d", chain, seq+1), "the entry was changed or removed")
					broken, whole = true, false
					break
				}
				prev, seq = rec.Hash, rec.Seq
				r.AuditEntries++
				if rec.Action == placedAction || rec.Action == importedAction {
					placed++
				}
			}
			if len(page) < pageSize {
				break
			}
		}
		end, hash, err := s.DB.Read().Audit.Head(ctx, chain)
		if err != nil {
			return err
		}
		moved := end < seq || end == seq && end > 0 && !bytes.Equal(hash, prev) || end > seq && !s.grew(ctx, chain, seq)
		if moved && !broken {
			r.add("audit", fmt.Sprintf("chain %d", chain), "the chain ends at entry %d, its head says %d", seq, end)
		}
	}
	// A chain that was cut off together with its head agrees with itself. The
	// orders were read before, so there are at least as many entries.
	if whole && placed < r.Orders {
		r.add("audit", "orders", "there are %d orders, but only %d entries of one being placed", r.Orders, placed)
	}
	return nil
}

// grew reports whether entries were added behind seq since it was read.
func (s *Service) grew(ctx context.Context, chain, seq int64) bool {
	page, err := s.DB.Read().Audit.Page(ctx, chain, seq, 1)
	return err == nil && len(page) > 0
}

func (s *Service) outbox(ctx context.Context, r *Report) error {
	for after := ""; ; {
		dead, err := s.DB.Read().Outbox.Dead(ctx, after, pageSize)
		if err != nil {
			return err
		}
		for _, l := range dead {
			r.add("outbox", l.ID, "the event %s of %s is dead: %s", l.Topic, l.Aggregate, l.LastError)
		}
		if len(dead) < pageSize {
			return nil
		}
		after = dead[len(dead)-1].ID
	}
}

// listing compares lists with the products in them. While tasks wait, products
// may be where they were before.
func (s *Service) listing(ctx context.Context, r *Report) error {
	waiting, err := s.DB.Read().Catalog.DueTasks(ctx, farOff, 1)
	if err != nil || len(waiting) > 0 {
		return err
	}
	for after := ""; ; {
		bad, last, err := s.DB.Read().Catalog.Misplaced(ctx, after, pageSize)
		if err != nil {
			return err
		}
		for _, id := range bad {
			r.add("listing", id, "the product is not listed as its category and prices say")
		}
		if last == "" {
			return nil
		}
		after = last
	}
}

// farOff is later than anything is due.
var farOff = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
