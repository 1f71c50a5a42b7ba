// Package oversight is what those who run the shop do to it.
package oversight

import (
	"context"
	"fmt"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/store"
)

// Service oversees.
type Service struct {
	DB  store.DB
	Now func() time.Time
}

// Replay puts a dead event back into the queue. The code is "letter-not-found".
func (s *Service) Replay(ctx context.Context, id, actor string) error {
	err := s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := tx.Outbox.Replay(ctx, id, s.Now()); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: actor, Action: "outbox.replay", Subject: id, At: s.Now(), Details: map[string]any{}})
	})
	if err != nil {
		return fmt.Errorf("replay event %s: %w", id, err)
	}
	return nil
}
