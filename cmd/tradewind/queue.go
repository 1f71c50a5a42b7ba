package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tradewind/internal/app"
	"tradewind/internal/domain/queue"
	"tradewind/internal/service/oversight"
	"tradewind/internal/store/sqlstore"
)

// queueCommand handles `tradewind queue list|replay|drop`.
func queueCommand(ctx context.Context, args []string) error {
	c, rest, err := load(ctx, "queue", args, nil)
	if err != nil {
		return err
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	q, err := c.OpenQueue(ctx, db)
	if err == nil {
		err = lookAfterQueue(ctx, &oversight.Service{DB: db, Queue: q, Now: clock}, os.Stdout, rest)
	}
	return errors.Join(err, db.Close())
}

func lookAfterQueue(ctx context.Context, s *oversight.Service, to io.Writer, words []string) error {
	switch {
	case len(words) == 1 && words[0] == "list":
		return listQueue(ctx, s, to)
	case len(words) == 2 && words[0] == "replay" && words[1] != "all":
		return s.ReplayJob(ctx, words[1], operator)
	case len(words) == 2 && words[0] == "replay":
		n := 0
		err := eachLetter(ctx, s, func(l queue.Letter) error { n++; return s.ReplayJob(ctx, l.Key(), operator) })
		fmt.Fprintf(to, "%d jobs are on their channels again\n", n)
		return err
	case len(words) == 2 && words[0] == "drop":
		return s.DropJob(ctx, words[1], operator)
	}
	return errors.New("say: tradewind queue list, tradewind queue replay KEY (or all), or tradewind queue drop KEY")
}

func listQueue(ctx context.Context, s *oversight.Service, to io.Writer) error {
	for _, channel := range app.Channels {
		d, err := s.Queue.Look(ctx, channel)
		if err != nil {
			return err
		}
		dead, err := s.DB.Read().Letters.Count(ctx, channel)
		if err != nil {
			return err
		}
		fmt.Fprintf(to, "%s: %d wait, %d are worked on or put off, the oldest for %v; %d are dead\n", channel, d.Waiting, d.Hidden, d.Oldest.Round(time.Millisecond), dead)
		if d.Lost > 0 {
			fmt.Fprintf(to, "%s: %d are in the dead-letter queue of OCI Queue itself: nobody could work on them or bury them\n", channel, d.Lost)
		}
	}
	return eachLetter(ctx, s, func(l queue.Letter) error {
		_, err := fmt.Fprintf(to, "%s on %s, put %s, %d deliveries: %s\n", l.Key(), l.Channel, l.PutAt.Format(time.RFC3339), l.Deliveries, l.LastError)
		return err
	})
}

// eachLetter goes over the dead letters, page by page.
func eachLetter(ctx context.Context, s *oversight.Service, do func(queue.Letter) error) error {
	for after := ""; ; {
		page, err := s.DB.Read().Letters.List(ctx, "", after, 200)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, l := range page {
			if err := do(l); err != nil {
				return err
			}
			after = l.Key()
		}
	}
}
