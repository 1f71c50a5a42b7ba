package oci

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// service answers with a status, or not at all, and counts who came.
type service struct {
	*httptest.Server
	status, asked atomic.Int64
	silent, ends  atomic.Bool
}

func serve(t *testing.T) *service {
	s := &service{}
	s.status.Store(http.StatusOK)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		switch {
		case s.silent.Load():
			<-r.Context().Done()
			return
		case s.ends.Load():
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(int(s.status.Load()))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *service) ask(ctx context.Context, c *Client) error {
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(r)
	if err == nil {
		err = resp.Body.Close()
	}
	return err
}

func TestAServiceThatFailsIsLeftAloneAndThenTriedAgain(t *testing.T) {
	for name, failing := range map[string]func(s *service){
		"it is silent":          func(s *service) { s.silent.Store(true) },
		"it has too much to do": func(s *service) { s.status.Store(429) },
		"it is broken":          func(s *service) { s.status.Store(503) },
		"its connections end":   func(s *service) { s.ends.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			line := newLine("objects", 4, 50*time.Millisecond)
			c := line.Client(20*time.Millisecond, 0)
			failing(s)
			for range lineFailures {
				if err := s.ask(t.Context(), c); errors.Is(err, ErrLeftAlone) {
					t.Fatal("it is left alone too early")
				}
			}
			asked := s.asked.Load()
			if err := s.ask(t.Context(), c); !errors.Is(err, ErrLeftAlone) || Transient(err) || !line.LeftAlone() || s.asked.Load() != asked {
				t.Errorf("after %d failures: %v, repeated %v", lineFailures, err, Transient(err))
			}
			s.silent.Store(false)
			s.status.Store(200)
			s.ends.Store(false)
			for deadline := time.Now().Add(5 * time.Second); s.ask(t.Context(), c) != nil; {
				if time.Now().After(deadline) {
					t.Fatal("it is never asked again")
				}
			}
			if line.LeftAlone() {
				t.Error("it answers and is left alone")
			}
		})
	}
}

func TestRefusalsAndShoppersWhoLeaveSayNothingAgainstAService(t *testing.T) {
	s := serve(t)
	line := newLine("objects", 4, time.Hour)
	c := line.Client(time.Minute, 0)
	s.status.Store(404)
	for range 2 * lineFailures {
		if err := s.ask(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	s.silent.Store(true)
	for range 2 * lineFailures {
		ctx, cancel := context.WithCancel(t.Context())
		was := s.asked.Load()
		go func() {
			for s.asked.Load() == was && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		if err := s.ask(ctx, c); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if line.LeftAlone() {
		t.Error("it is left alone")
	}
}

func TestASilentServiceKeepsOnlySoManyWaiting(t *testing.T) {
	s := serve(t)
	s.silent.Store(true)
	const room = 3
	c := newLine("queue", room, time.Hour).Client(time.Minute, 0)
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for range room {
		waiting.Go(func() { _ = s.ask(ctx, c) })
	}
	for deadline := time.Now().Add(5 * time.Second); s.asked.Load() < room; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("they never arrive")
		}
	}
	if err := s.ask(t.Context(), c); !errors.Is(err, ErrTooMany) || Transient(err) {
		t.Errorf("one more: %v", err)
	}
	cancel()
	waiting.Wait()
	s.silent.Store(false)
	if err := s.ask(t.Context(), c); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestEachRequestIsASpanOfWhoAskedForIt(t *testing.T) {
	seen := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(seen)).Tracer("test")
	ctx, parent := tracer.Start(t.Context(), "GET /media/")
	s := serve(t)
	s.status.Store(503)
	c := newLine("objects", 4, time.Hour).Client(time.Second, 0)
	for range lineFailures + 1 { // the last is not sent
		_ = s.ask(ctx, c)
	}
	parent.End()
	spans := seen.Ended()
	if len(spans) != lineFailures+2 {
		t.Fatalf("%d spans", len(spans))
	}
	for _, x := range spans[:lineFailures+1] {
		if x.Name() != "oci objects GET" || x.Status().Code != codes.Error || x.Parent().SpanID() != parent.SpanContext().SpanID() {
			t.Errorf("%s, %v", x.Name(), x.Status())
		}
	}
}
