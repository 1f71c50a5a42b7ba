package archive

import (
	"bytes"
	"context"
	"fmt"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/exchange"
	"tradewind/internal/service/verify"
	"tradewind/internal/store"
)

// chunk is how many orders are purged in one transaction: on the embedded
// database buyers wait for it.
const chunk = 50

// purge deletes what is in a file from the database, a chunk in each
// transaction, and says how much that was and how many orders it had to leave.
func (s *Service) purge(ctx context.Context, f *file) (purged, kept int64, err error) {
	lines, err := f.lines()
	if err != nil {
		return 0, 0, err
	}
	defer lines.close()
	for {
		some, err := lines.some(chunk)
		if err != nil || len(some) == 0 {
			return purged, kept, err
		}
		var gone, left int64
		err = s.DB.InTx(ctx, func(tx store.Stores) (err error) {
			gone, left, err = s.purgeChunk(ctx, tx, f, some)
			return err
		})
		if err != nil {
			return purged, kept, fmt.Errorf("purge orders in %s: %w", f.path, err)
		}
		purged, kept = purged+gone, kept+left
	}
}

// purgeChunk takes hold of the orders, as whoever changes one does first, and
// deletes those that are still what the file says.
func (s *Service) purgeChunk(ctx context.Context, tx store.Stores, f *file, some []line) (purged, kept int64, err error) {
	var held []order.Order
	var written []line
	for _, l := range some {
		o, err := tx.Orders.Lock(ctx, l.ID)
		if fault.KindOf(err) == fault.NotFound { // it was purged before
			continue
		}
		if err == nil {
			o.Lines, err = tx.Orders.Lines(ctx, o.ID)
		}
		if err != nil {
			return 0, 0, err
		}
		held, written = append(held, o), append(written, l)
	}
	texts, err := exchange.OrderLines(ctx, tx, held)
	if err != nil {
		return 0, 0, err
	}
	var list []order.Purged
	var entries []audit.Entry
	at := s.Now()
	for i, l := range written {
		told, err := l.told(ctx, tx)
		if err != nil {
			return 0, 0, err
		}
		if !told || !bytes.Equal(texts[i], l.text) {
			kept++
			continue
		}
		list = append(list, l.purged(f.Part, at))
		entries = append(entries, audit.Entry{Actor: "archive", Action: verify.PurgedAction, Subject: l.ID, At: at, Details: map[string]any{"number": l.Number, "archive": f.Part, "file": f.File, "sha256": f.SHA256}})
	}
	if len(list) == 0 {
		return 0, kept, nil
	}
	if err := tx.Orders.Purge(ctx, list); err != nil {
		return 0, 0, err
	}
	return int64(len(list)), kept, tx.Audit.AddAll(ctx, entries)
}
