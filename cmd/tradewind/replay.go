package main

import (
	"context"
	"errors"
	"fmt"

	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
)

// replay lists dead events, or puts one of them or all back into the queue.
func replay(ctx context.Context, args []string) error {
	c, rest, err := load("replay", args, nil)
	if err != nil {
		return err
	}
	if len(rest) > 1 {
		return errors.New("say: tradewind replay, tradewind replay ID, or tradewind replay all")
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	put := func(id string) error {
		return db.InTx(ctx, func(tx store.Stores) error { return tx.Outbox.Replay(ctx, id, clock()) })
	}
	if len(rest) == 1 && rest[0] != "all" {
		return put(rest[0])
	}
	count := 0
	for after := ""; ; {
		dead, err := db.Read().Outbox.Dead(ctx, after, 200)
		if err != nil {
			return err
		}
		for _, l := range dead {
			count++
			if len(rest) == 0 {
				fmt.Printf("%s %s of %s, %d attempts: %s\n", l.ID, l.Topic, l.Aggregate, l.Attempts, l.LastError)
			} else if err := put(l.ID); err != nil {
				return err
			}
			after = l.ID
		}
		if len(dead) < 200 {
			fmt.Printf("%d dead events\n", count)
			return nil
		}
	}
}
