package oversight

import (
	"context"
	"fmt"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/queue"
	"tradewind/internal/store"
)

// ReplayJob puts a dead job on its channel again, with all its deliveries before
// it. It is put before the letter goes: a crash between the two leaves both, and
// the same job twice has one effect. The code is "letter-not-found".
func (s *Service) ReplayJob(ctx context.Context, key, actor string) error {
	l, err := s.DB.Read().Letters.Get(ctx, key)
	if err != nil {
		return err
	}
	q := s.Queue
	if q == nil {
		if q, err = s.Open(ctx); err != nil {
			return queue.Unavailable(fmt.Errorf("queue.replay %s: %w", key, err))
		}
	}
	if err := q.Put(ctx, []queue.Job{l.Job}); err != nil {
		return fmt.Errorf("queue.replay %s: %w", key, err)
	}
	return s.endJob(ctx, "queue.replay", l, actor)
}

// DropJob gives a dead job up, for good. The code is "letter-not-found".
func (s *Service) DropJob(ctx context.Context, key, actor string) error {
	l, err := s.DB.Read().Letters.Get(ctx, key)
	if err != nil {
		return err
	}
	return s.endJob(ctx, "queue.drop", l, actor)
}

func (s *Service) endJob(ctx context.Context, action string, l queue.Letter, actor string) error {
	err := s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := tx.Letters.Remove(ctx, l.Key(), l.DiedAt); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: actor, Action: action, Subject: l.ID, At: s.Now(),
			Details: map[string]any{"kind": l.Kind, "channel": l.Channel, "deliveries": l.Deliveries, "error": l.LastError}})
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", action, l.Key(), err)
	}
	return nil
}
