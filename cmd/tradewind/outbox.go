package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/service/oversight"
	"tradewind/internal/store/sqlstore"
)

// operator is who acts, for the audit.
const operator = "operator"

// outboxCommand handles `tradewind outbox list|replay|drop`.
func outboxCommand(ctx context.Context, args []string) error {
	c, rest, err := load(ctx, "outbox", args, nil)
	if err != nil {
		return err
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	return errors.Join(lookAfter(ctx, &oversight.Service{DB: db, Now: clock}, rest), db.Close())
}

func lookAfter(ctx context.Context, s *oversight.Service, words []string) error {
	switch {
	case len(words) == 1 && words[0] == "list":
		return listOutbox(ctx, s)
	case len(words) == 2 && words[0] == "replay" && words[1] != "all":
		return s.Replay(ctx, words[1], operator)
	case len(words) == 2 && words[0] == "replay":
		n := 0
		err := eachDead(ctx, s, func(l outbox.Letter) error { n++; return s.Replay(ctx, l.ID, operator) })
		fmt.Printf("%d events are in the queue again\n", n)
		return err
	case len(words) == 2 && words[0] == "drop":
		return s.Drop(ctx, words[1], operator)
	}
	return errors.New("say: tradewind outbox list, tradewind outbox replay ID (or all), or tradewind outbox drop ID")
}

func listOutbox(ctx context.Context, s *oversight.Service) error {
	b, err := s.DB.Read().Outbox.Backlog(ctx, clock())
	if err != nil {
		return err
	}
	fmt.Printf("%d events wait, the oldest for %v; %d are dead\n", b.Pending, b.Oldest.Round(time.Millisecond), b.Dead)
	return eachDead(ctx, s, func(l outbox.Letter) error {
		_, err := fmt.Printf("%s %s of %s, %d attempts: %s\n", l.ID, l.Topic, l.Aggregate, l.Attempts, l.LastError)
		return err
	})
}

// eachDead goes over the dead letters, page by page.
func eachDead(ctx context.Context, s *oversight.Service, do func(outbox.Letter) error) error {
	for after := ""; ; {
		page, err := s.DB.Read().Outbox.Dead(ctx, after, 200)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, l := range page {
			if err := do(l); err != nil {
				return err
			}
			after = l.ID
		}
	}
}
