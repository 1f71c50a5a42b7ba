package sandboxpay

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The bounds of delivery: an event is tried for about an hour.
const (
	hookWorkers  = 8
	hookQueue    = 10_000
	hookAttempts = 24
	hookFirst    = 200 * time.Millisecond
	hookLongest  = 5 * time.Minute
	hookPatience = 10 * time.Second
)

// SignatureHeader carries "t=<Unix seconds>,v1=<hex HMAC-SHA256 of t.body>".
const SignatureHeader = "Sandbox-Signature"

// hook is a series of events to deliver, one after the other.
type hook struct {
	ID        string            `json:"id"`
	Bodies    []json.RawMessage `json:"bodies"`
	NotBefore int64             `json:"not_before,omitempty"` // Unix milliseconds

	next, attempts int // how many bodies have arrived; failures of the next one
}

// sender delivers hooks: at most hookWorkers at a time and hookQueue waiting.
type sender struct {
	url, secret string
	now         func() time.Time
	client      *http.Client
	done        func(hookID string) // the hook needs no more attempts

	queue   chan *hook
	waiting atomic.Int64
	dropped atomic.Int64
	ctx     context.Context
	stop    context.CancelFunc
	workers sync.WaitGroup
}

func (s *sender) start() {
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.queue = make(chan *hook, hookQueue)
	for range hookWorkers {
		s.workers.Go(s.work)
	}
}

// add takes a hook for delivery. When too many wait it is left for the next
// start, if there is a journal, and otherwise dropped: receivers of webhooks
// have to ask for what they miss.
func (s *sender) add(h *hook) {
	if s.waiting.Add(1) > hookQueue {
		s.waiting.Add(-1)
		if n := s.dropped.Add(1); n%1000 == 1 {
			slog.Warn("webhooks dropped because too many wait", "url", s.url, "dropped", n)
		}
		return
	}
	if wait := time.UnixMilli(h.NotBefore).Sub(s.now()); h.NotBefore > 0 && wait > 0 {
		s.later(h, wait)
		return
	}
	s.queue <- h // never full: waiting is at most its length
}

func (s *sender) later(h *hook, wait time.Duration) {
	time.AfterFunc(wait, func() { s.queue <- h })
}

func (s *sender) work() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case h := <-s.queue:
			s.deliver(h)
		}
	}
}

// deliver sends what is left of h and plans another attempt if that fails.
func (s *sender) deliver(h *hook) {
	for h.next < len(h.Bodies) {
		if err := s.post(h.Bodies[h.next]); err != nil {
			h.attempts++
			if s.ctx.Err() != nil {
				return // it stays in the journal
			}
			if h.attempts < hookAttempts {
				s.later(h, backoff(h.attempts))
				return
			}
			slog.Warn("webhook given up", "url", s.url, "hook", h.ID, "attempts", h.attempts, "err", err)
			break
		}
		h.next, h.attempts = h.next+1, 0
	}
	s.waiting.Add(-1)
	s.done(h.ID)
}

func (s *sender) post(body []byte) error {
	ctx, cancel := context.WithTimeout(s.ctx, hookPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(SignatureHeader, Sign(s.secret, body, s.now()))
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4096) // so that the connection can be used again
	if resp.StatusCode/100 != 2 {
		return refuse(resp.StatusCode, "webhook-refused", resp.Status)
	}
	return nil
}

func (s *sender) close() {
	s.stop()
	s.workers.Wait()
}

// backoff doubles from hookFirst to hookLongest, give or take a fifth.
func backoff(failures int) time.Duration {
	d := min(hookFirst<<min(failures-1, 20), hookLongest)
	return d*4/5 + rand.N(d*2/5)
}

// Sign returns the value of SignatureHeader for a webhook's body.
func Sign(secret string, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(secret, t, body))
}

func mac(secret, t string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(t))
	h.Write([]byte{'.'})
	h.Write(body)
	return h.Sum(nil)
}
