package publishing

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"tradewind/internal/domain/fact"
)

// Config sets how much is told of what visitors do. Flags fills in the defaults.
type Config struct {
	Browsing bool
	Buffer   int
	Flush    time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.BoolVar(&c.Browsing, "stream.browsing", true, "tell the stream of products looked at, searches and carts, of visitors who do not opt out")
	fs.IntVar(&c.Buffer, "stream.browsing-buffer", 512, "how many such facts are kept until they are written; what is more is dropped and counted")
	fs.DurationVar(&c.Flush, "stream.browsing-flush", time.Second, "how often they are written")
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	switch {
	case c.Buffer < 1 || c.Buffer > 100_000:
		return fmt.Errorf("stream.browsing-buffer is %d; choose 1 to 100000, such as 512", c.Buffer)
	case c.Flush < 10*time.Millisecond || c.Flush > time.Minute:
		return fmt.Errorf("stream.browsing-flush is %v; choose between 10ms and 1m, such as 1s", c.Flush)
	}
	return nil
}

// chunk is how many facts one transaction or request carries, so that nobody
// waits behind it for long.
const chunk = 128

// Buffer keeps facts that may get lost until they are written in the background.
// It is safe for concurrent use.
type Buffer struct {
	Publisher *Publisher
	Config    Config
	NewID     func() string
	Log       *slog.Logger
	Crowded   func(ctx context.Context) (bool, error) // whether readers are so far behind that these facts are to stay away; nil for never

	waiting               chan fact.Fact
	Told, Dropped, Failed atomic.Int64 // Failed could not be written
	asked                 time.Time    // when it was asked whether it is crowded
	crowded               bool
}

// NewBuffer makes an empty one.
func NewBuffer(p *Publisher, c Config, newID func() string, log *slog.Logger) *Buffer {
	return &Buffer{Publisher: p, Config: c, NewID: newID, Log: log, waiting: make(chan fact.Fact, c.Buffer)}
}

// Tell takes a fact, or drops it if there is no room. It never waits.
func (b *Buffer) Tell(f fact.Fact) {
	f.Loose = true
	select {
	case b.waiting <- f:
	default:
		b.Dropped.Add(1)
	}
}

// Run writes until ctx ends, and then what is left.
func (b *Buffer) Run(ctx context.Context) {
	tick := time.NewTicker(b.Config.Flush)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			b.Write(last)
			return
		case <-tick.C:
			b.Write(ctx)
		}
	}
}

// Write writes what waits now. What cannot be written is given up: it would only
// be in the way of what comes.
func (b *Buffer) Write(ctx context.Context) {
	left := len(b.waiting)
	if left > 0 && b.full(ctx) {
		for range left {
			<-b.waiting
		}
		b.Dropped.Add(int64(left))
		return
	}
	for left > 0 {
		batch := make([]fact.Fact, 0, min(left, chunk))
		for range cap(batch) {
			f := <-b.waiting
			f.ID = b.NewID()
			batch = append(batch, f)
		}
		left -= len(batch)
		if err := b.Publisher.Publish(ctx, batch); err != nil {
			b.Failed.Add(int64(len(batch)))
			b.Log.WarnContext(ctx, "facts about browsing not written", "facts", len(batch), "err", err)
			continue
		}
		b.Told.Add(int64(len(batch)))
	}
}

// askAgain is for how long it holds whether the log is crowded.
const askAgain = 5 * time.Second

// full reports whether the log is crowded. One that does not say is not.
func (b *Buffer) full(ctx context.Context) bool {
	if b.Crowded == nil || time.Since(b.asked) < askAgain {
		return b.crowded
	}
	crowded, err := b.Crowded(ctx)
	if err != nil {
		b.Log.WarnContext(ctx, "the log of facts does not say how far its readers are", "err", err)
	}
	if crowded && !b.crowded {
		b.Log.WarnContext(ctx, "facts about browsing are dropped until readers of the log catch up; see the lag of the groups")
	}
	b.asked, b.crowded = time.Now(), crowded
	return crowded
}
