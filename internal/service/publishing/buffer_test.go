package publishing_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/ident"
	"tradewind/internal/service/publishing"
)

// memory is a log that keeps batches and fails when told to.
type memory struct {
	stream.Log
	batches [][]stream.Message
	fails   bool
}

func (m *memory) Append(_ context.Context, batch []stream.Message) error {
	if m.fails {
		return stream.Unavailable(errors.New("away"))
	}
	m.batches = append(m.batches, batch)
	return nil
}

func buffer(room int) (*memory, *publishing.Buffer, *bytes.Buffer) {
	m, log := &memory{}, &bytes.Buffer{}
	p := &publishing.Publisher{Log: m, Source: "https://shop.example"}
	return m, publishing.NewBuffer(p, publishing.Config{Buffer: room, Flush: time.Hour}, ident.New, slog.New(slog.NewTextHandler(log, nil))), log
}

var view = fact.Fact{Type: fact.ProductViewed, Subject: "p", At: at, Data: fact.View{ProductID: "p"}}

func TestWhatHasNoRoomIsDroppedAndCounted(t *testing.T) {
	m, b, _ := buffer(300)
	for range 1000 {
		b.Tell(view)
	}
	if b.Dropped.Load() != 700 {
		t.Errorf("%d facts were dropped, want 700", b.Dropped.Load())
	}
	b.Write(t.Context())
	ids := map[string]bool{}
	for _, batch := range m.batches {
		if len(batch) > 128 {
			t.Errorf("a batch has %d facts", len(batch))
		}
		for _, x := range batch {
			e, err := fact.Read(stream.Record{Value: x.Value})
			if err != nil || !x.Loose || x.Key != "p" {
				t.Fatalf("%+v, %v", x, err)
			}
			ids[e.ID] = true
		}
	}
	if len(m.batches) != 3 || len(ids) != 300 || b.Told.Load() != 300 {
		t.Errorf("%d facts in %d batches, %d counted", len(ids), len(m.batches), b.Told.Load())
	}
	b.Write(t.Context())
	if len(m.batches) != 3 {
		t.Error("nothing was written")
	}
}

func TestALogThatIsAwayLosesFactsAndHoldsNobodyUp(t *testing.T) {
	m, b, log := buffer(10)
	m.fails = true
	for range 15 {
		b.Tell(view)
	}
	b.Write(t.Context())
	if b.Failed.Load() != 10 || b.Dropped.Load() != 5 || !strings.Contains(log.String(), "stream-unavailable") {
		t.Errorf("%d failed, %d dropped; %s", b.Failed.Load(), b.Dropped.Load(), log)
	}
	m.fails = false
	b.Tell(view)
	b.Write(t.Context())
	if b.Told.Load() != 1 {
		t.Errorf("%d were told afterwards", b.Told.Load())
	}
}

func TestWhatWaitsIsWrittenBeforeTheEnd(t *testing.T) {
	m, b, _ := buffer(10)
	b.Tell(view)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Run(ctx)
	if len(m.batches) != 1 {
		t.Errorf("%d batches were written", len(m.batches))
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	var good publishing.Config
	good.Flags(flag.NewFlagSet("", flag.PanicOnError))
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	none, never := good, good
	none.Buffer, never.Flush = 0, 0
	for want, bad := range map[string]publishing.Config{"stream.browsing-buffer": none, "stream.browsing-flush": never} {
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

// BenchmarkTell is what a fact costs the request that it is about.
func BenchmarkTell(b *testing.B) {
	_, buf, _ := buffer(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		buf.Tell(view)
	}
}

func TestFactsAboutBrowsingStayAwayWhileReadersAreFarBehind(t *testing.T) {
	m, b, log := buffer(10)
	crowded := true
	b.Crowded = func(context.Context) (bool, error) { return crowded, nil }
	b.Tell(view)
	b.Write(t.Context())
	if len(m.batches) != 0 || b.Dropped.Load() != 1 || !strings.Contains(log.String(), "catch up") {
		t.Errorf("%d batches, %d dropped, log %s", len(m.batches), b.Dropped.Load(), log)
	}
	other, again, _ := buffer(10)
	again.Crowded = func(context.Context) (bool, error) { return false, errors.New("away") }
	again.Tell(view)
	again.Write(t.Context())
	if len(other.batches) != 1 || again.Dropped.Load() != 0 {
		t.Errorf("a log that does not say is taken for crowded: %d batches", len(other.batches))
	}
}
