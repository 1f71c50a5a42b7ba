package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"tradewind/internal/app"
	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store/sqlstore"
)

var errStreamUsage = errors.New("say: tradewind stream list, tradewind stream read -group G, or tradewind stream reset -group G -to start (or latest, or a time)")

// streamWishes are the flags of the command beside the settings.
type streamWishes struct {
	group, from, to, types string
	idle                   time.Duration
}

func (w *streamWishes) flags(fs *flag.FlagSet) {
	fs.StringVar(&w.group, "group", "", "the group that reads, is moved or is shown")
	fs.StringVar(&w.from, "from", "start", "where a new group begins: start, latest or a time such as 2026-03-01T12:00:00Z")
	fs.StringVar(&w.to, "to", "", "where the group goes on: start, latest or a time")
	fs.StringVar(&w.types, "types", "", "types of facts to print, with commas between, such as order.placed,order.paid; empty for all")
	fs.DurationVar(&w.idle, "idle", 3*time.Second, "end when there is nothing new for so long; 0 for never")
}

// streamCommand handles `tradewind stream list|read|reset`.
func streamCommand(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errStreamUsage
	}
	var w streamWishes
	c, rest, err := load(ctx, "stream "+args[0], args[1:], w.flags)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return errStreamUsage
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	return errors.Join(w.do(ctx, args[0], c, db), db.Close())
}

func (w streamWishes) do(ctx context.Context, what string, c app.Config, db *sqlstore.DB) error {
	log, err := c.OpenStream(ctx, db)
	if err != nil {
		return err
	}
	switch what {
	case "list":
		return w.list(ctx, log, os.Stdout)
	case "read":
		return w.read(ctx, log, os.Stdout)
	case "reset":
		if w.to == "" {
			return errStreamUsage
		}
		to, err := stream.ParsePlace(w.to)
		if err != nil {
			return err
		}
		return log.Reset(ctx, w.group, to)
	}
	return errStreamUsage
}

// read prints facts as JSON lines and commits what has been printed.
func (w streamWishes) read(ctx context.Context, log stream.Log, to io.Writer) (err error) {
	from, err := stream.ParsePlace(w.from)
	if err != nil {
		return err
	}
	var types []string
	if w.types != "" {
		types = strings.Split(w.types, ",")
	}
	r, err := log.Join(ctx, w.group, from)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, r.Close(end))
	}()
	for last := time.Now(); ctx.Err() == nil && (w.idle == 0 || time.Since(last) < w.idle); {
		batch, err := r.Next(ctx, 500)
		if err == nil && len(batch) > 0 {
			last = time.Now()
			if err = printFacts(to, batch, types); err == nil {
				err = r.Commit(ctx)
			}
			if err == nil {
				continue
			}
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond): // OCI Streaming answers a group five times a second
		}
	}
	return nil
}

func printFacts(to io.Writer, batch []stream.Record, types []string) error {
	out := bufio.NewWriter(to)
	for _, x := range batch {
		if e, err := fact.Read(x); err != nil || !e.Of(types) {
			continue // of what is no event, there is nothing to print
		}
		if _, err := out.Write(append(x.Value, '\n')); err != nil {
			return err
		}
	}
	return out.Flush()
}

// list prints the partitions and how far the groups are. OCI Streaming knows
// groups by name only: those of the shop are asked for, and the one of -group.
func (w streamWishes) list(ctx context.Context, log stream.Log, to io.Writer) error {
	names := []string{"interest"}
	if w.group != "" {
		names = []string{w.group}
	}
	s, err := log.State(ctx, names...)
	if fault.Code(err) == "stream-group-unknown" && w.group == "" {
		s, err = log.State(ctx)
	}
	if err != nil {
		return err
	}
	for i, p := range s.Partitions {
		fmt.Fprintf(to, "partition %d: from %s to below %s\n", i, offset(p.First), offset(p.End))
	}
	for _, g := range s.Groups {
		if w.group != "" && g.Name != w.group {
			continue
		}
		behind := "unknown"
		if n, known := s.Lag(g); known {
			behind = fmt.Sprint(n)
		}
		fmt.Fprintf(to, "group %s, behind by %s\n", g.Name, behind)
		for _, p := range g.Progress {
			fmt.Fprintf(to, "  partition %d: next %s", p.Partition, offset(p.Next))
			if p.Reader != "" {
				fmt.Fprintf(to, ", read by %s until %s", p.Reader, p.Until.UTC().Format(time.RFC3339))
			}
			fmt.Fprintln(to)
		}
	}
	return nil
}

func offset(n int64) string {
	if n == stream.Unknown {
		return "unknown"
	}
	return fmt.Sprint(n)
}
