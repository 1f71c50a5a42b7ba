package verify

import (
	"bytes"
	"context"
	"fmt"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
)

// audit follows a chain from the entry where the last page ended, whose hash the
// next one holds. after is chain and entry, such as "3/1200".
func (s *Sampler) audit(ctx context.Context, r *Report, after string, n int) (string, int, error) {
	var chain, seq int64
	if after != "" {
		if _, err := fmt.Sscanf(after, "%d/%d", &chain, &seq); err != nil {
			return "", 0, fmt.Errorf("audit behind %q: %w", after, err)
		}
	}
	prev, from := make([]byte, 32), seq
	if seq > 0 {
		from-- // the entry itself comes, too, for its hash
		n++
	}
	page, err := s.DB.Read().Audit.Page(ctx, chain, from, n)
	if err != nil {
		return "", 0, err
	}
	looked, more := len(page), len(page) == n
	if seq > 0 {
		if len(page) == 0 || page[0].Seq != seq {
			r.add("audit", fmt.Sprintf("chain %d entry %d", chain, seq), "the entry was removed")
		} else {
			prev, page = page[0].Hash, page[1:]
		}
	}
	for _, rec := range page {
		if rec.Seq != seq+1 || !bytes.Equal(audit.Link(prev, rec), rec.Hash) {
			r.add("audit", fmt.Sprintf("chain %d entry %d", chain, seq+1), "the entry was changed or removed")
		}
		prev, seq = rec.Hash, rec.Seq
	}
	if more {
		return fmt.Sprintf("%d/%d", chain, seq), looked, nil
	}
	end, hash, err := s.DB.Read().Audit.Head(ctx, chain)
	if err != nil {
		return "", 0, err
	}
	if one := (Service{DB: s.DB}); end < seq || end == seq && end > 0 && !bytes.Equal(hash, prev) || end > seq && !one.grew(ctx, chain, seq) {
		r.add("audit", fmt.Sprintf("chain %d", chain), "the chain does not end where its head says")
	}
	if chain++; chain == audit.Chains {
		return "", looked, nil
	}
	return fmt.Sprintf("%d/0", chain), looked, nil
}

func (s *Sampler) customers(ctx context.Context, r *Report, after string, n int) (string, int, error) {
	page, err := s.DB.Read().Customers.List(ctx, user.CustomerFilter{After: after, Limit: n})
	if err != nil {
		return "", 0, err
	}
	one := Service{DB: s.DB}
	for _, c := range page {
		if err := one.customer(ctx, r, c); err != nil {
			return "", 0, err
		}
	}
	if len(page) < n {
		return "", len(page), nil
	}
	return page[len(page)-1].ID, len(page), nil
}

// few are books of few rows, or of which only the whole says something: bundles,
// who holds stock, members of staff, series of invoices. after counts them.
func (s *Sampler) few(ctx context.Context, r *Report, after string, _ int) (string, int, error) {
	one, i := Service{DB: s.DB}, len(after)
	books := []func(context.Context, *Report) error{one.bundles, one.owners, one.invoices}
	if err := books[i](ctx, r); err != nil {
		return "", 0, err
	}
	if i+1 == len(books) {
		return "", 1, nil
	}
	return after + ".", 1, nil
}
