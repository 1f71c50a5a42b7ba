// Package oversight is what those who run the shop do to it.
package oversight

import (
	"context"
	"fmt"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/queue"
	"tradewind/internal/store"
)

// Service oversees.
type Service struct {
	DB    store.DB
	Queue queue.Queue // for ReplayJob; nil opens one for each
	Open  func(ctx context.Context) (queue.Queue, error)
	Now   func() time.Time
}

// Replay puts a dead event back into the queue. The code is "letter-not-found".
func (s *Service) Replay(ctx context.Context, id, actor string) error {
	return s.raise(ctx, "outbox.replay", id, actor, func(tx store.Stores) error { return tx.Outbox.Replay(ctx, id, s.Now()) })
}

// Drop gives a dead event up, for good: what waits behind it goes on. The code
// is "letter-not-found".
func (s *Service) Drop(ctx context.Context, id, actor string) error {
	return s.raise(ctx, "outbox.drop", id, actor, func(tx store.Stores) error { return tx.Outbox.Drop(ctx, id, s.Now()) })
}

func (s *Service) raise(ctx context.Context, action, id, actor string, do func(tx store.Stores) error) error {
	err := s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := do(tx); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: actor, Action: action, Subject: id, At: s.Now(), Details: map[string]any{}})
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", action, id, err)
	}
	return nil
}
