package ocitest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Mishap is something that goes wrong with calls. Its fields may be combined.
type Mishap struct {
	Operation string        // such as "PutObject"; "" for any
	Times     int           // how many calls it hits; 0 for one
	Delay     time.Duration // before anything happens
	Failure   Failure       // answered in place of carrying the call out; zero for none
	Twice     bool          // the call is carried out twice, as if the network had repeated it
	Lose      bool          // the call is carried out and the connection reset in place of an answer
	Reset     bool          // the connection is reset after Keep bytes of the body
	Keep      int
	Shorten   int  // the body ends that many bytes early, and its length says so
	Corrupt   bool // one byte of the body is changed
}

// Throttle is a Mishap of 429 answers.
func Throttle(operation string, times int) Mishap {
	return Mishap{Operation: operation, Times: times, Failure: Failure{http.StatusTooManyRequests, "TooManyRequests", "Too many requests for the tenancy."}}
}

// Spoil lets coming calls go wrong.
func (s *Server) Spoil(m Mishap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.Times = max(m.Times, 1)
	s.mishaps = append(s.mishaps, &m)
}

// next takes what is to go wrong with a call of operation.
func (s *Server) next(operation string) *Mishap {
	for _, m := range s.mishaps {
		if m.Times > 0 && (m.Operation == "" || m.Operation == operation) {
			m.Times--
			return m
		}
	}
	return nil
}

func (m *Mishap) spoil(w http.ResponseWriter, r *request, do func(http.ResponseWriter)) {
	select {
	case <-time.After(m.Delay):
	case <-r.Context().Done():
		return
	}
	if m.Failure.Status != 0 {
		fail(w, r.Request, m.Failure)
		return
	}
	if m.Twice {
		do(httptest.NewRecorder())
	}
	kept := httptest.NewRecorder()
	do(kept)
	if m.Lose {
		reset(w)
		return
	}
	body := kept.Body.Bytes()
	body = body[:len(body)-min(m.Shorten, len(body))]
	if m.Corrupt && len(body) > 0 {
		body[len(body)/2] ^= 1
	}
	h := w.Header()
	for name, values := range kept.Header() {
		h[name] = values
	}
	if r.Method != http.MethodHead {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(kept.Code)
	if m.Reset {
		_, _ = w.Write(body[:min(m.Keep, len(body))])
		_ = http.NewResponseController(w).Flush()
		reset(w)
		return
	}
	_, _ = w.Write(body)
}

// reset ends the connection the hard way: the other side reads "connection
// reset by peer", not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
