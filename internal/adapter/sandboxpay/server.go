package sandboxpay

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options are the settings of a Server. Only Key is required.
type Options struct {
	Key           string        // bearer token that clients must send
	WebhookURL    string        // where events go; "" sends none
	WebhookSecret string        // signs events
	Journal       string        // file that keeps charges over a restart; "" keeps them in memory only
	PublicURL     string        // base of step-up pages; "" takes the Host of each request
	Delay         time.Duration // until tok_delayed is captured; default 5 s
	Late          time.Duration // until tok_webhook_late is told; default 30 s
	Hold          time.Duration // how long a request that is to time out is held at most; default 60 s
	MaxCharges    int           // charges kept, about 1 kB each; default 100,000, the oldest are forgotten

	Now          func() time.Time           // default time.Now
	NewID        func(prefix string) string // default random
	WebhookRound http.RoundTripper          // default a transport of its own
}

// Server is the provider. It is an http.Handler; Close stops its deliveries.
type Server struct {
	opt    Options
	mux    *http.ServeMux
	ledger *ledger
	sender *sender

	mu     sync.Mutex
	seen   map[string]int // how often keys were asked for whose first requests fail on purpose
	closed chan struct{}
	ending sync.Once
}

// New starts a provider and replays its journal: charges are as they were, and
// webhooks that were not delivered are sent again.
func New(opt Options) (*Server, error) {
	if opt.Key == "" {
		return nil, errors.New("sandboxpay.key is empty; the provider needs an API key")
	}
	opt.Delay = cmp.Or(opt.Delay, 5*time.Second)
	opt.Late = cmp.Or(opt.Late, 30*time.Second)
	opt.Hold = cmp.Or(opt.Hold, time.Minute)
	opt.MaxCharges = cmp.Or(opt.MaxCharges, 100_000)
	opt.PublicURL = strings.TrimSuffix(opt.PublicURL, "/")
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.NewID == nil {
		opt.NewID = func(prefix string) string { return prefix + "_" + rand.Text() }
	}
	if opt.WebhookRound == nil {
		opt.WebhookRound = &http.Transport{MaxIdleConnsPerHost: hookWorkers, IdleConnTimeout: time.Minute}
	}

	s := &Server{opt: opt, seen: map[string]int{}, closed: make(chan struct{})}
	s.ledger = &ledger{now: opt.Now, newID: opt.NewID, late: opt.Late, settle: opt.Delay, max: opt.MaxCharges, quiet: opt.WebhookURL == "",
		charges: map[string]*entry{}, keys: map[string]place{}}
	pending, err := s.ledger.open(opt.Journal)
	if err != nil {
		return nil, err
	}
	s.sender = &sender{url: opt.WebhookURL, secret: opt.WebhookSecret, now: opt.Now, done: s.ledger.done,
		client: &http.Client{Transport: opt.WebhookRound, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	s.sender.start()
	if opt.WebhookURL != "" {
		for _, h := range pending {
			s.sender.add(h)
		}
	}
	for _, e := range s.ledger.charges {
		s.arm(e.ID, e.Due)
	}
	s.routes()
	return s, nil
}

func (s *Server) routes() {
	s.mux = http.NewServeMux()
	s.mux.Handle("POST /v1/charges", s.api(s.create))
	s.mux.Handle("GET /v1/charges", s.api(s.findByKey))
	s.mux.Handle("GET /v1/charges/{id}", s.api(s.get))
	s.mux.Handle("POST /v1/charges/{id}/capture", s.api(s.capture))
	s.mux.Handle("POST /v1/charges/{id}/cancel", s.api(s.cancel))
	s.mux.Handle("POST /v1/charges/{id}/refunds", s.api(s.refund))
	s.mux.Handle("POST /v1/charges/{id}/settle", s.api(s.settle))
	s.mux.Handle("GET /v1/book", s.api(s.book))
	s.mux.HandleFunc("GET /step-up/{id}", s.showStepUp)
	s.mux.HandleFunc("POST /step-up/{id}", s.answerStepUp)
	well := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") } // it was not open before its journal was read
	s.mux.HandleFunc("GET /healthz", well)
	s.mux.HandleFunc("GET /readyz", well)
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close ends held requests and deliveries. Events that were not delivered stay
// in the journal. A second Close does nothing.
func (s *Server) Close() (err error) {
	s.ending.Do(func() {
		close(s.closed)
		s.sender.close()
		s.ledger.mu.Lock()
		defer s.ledger.mu.Unlock()
		err = s.ledger.journal.close()
	})
	return err
}

// api checks the key and writes what fn returns, or its error.
func (s *Server) api(fn func(w http.ResponseWriter, r *http.Request) (any, error)) http.Handler {
	want := []byte("Bearer " + s.opt.Key)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var out any
		var err error = refuse(http.StatusUnauthorized, "bad-key", "Send the API key as a bearer token.")
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) == 1 {
			out, err = fn(w, r)
		}
		status := http.StatusOK
		if err != nil {
			refusal, ok := errors.AsType[*apiError](err)
			if !ok {
				slog.ErrorContext(r.Context(), "sandbox provider failed", "path", r.URL.Path, "err", err)
				refusal = refuse(http.StatusInternalServerError, "internal", "The provider failed; try again.")
			}
			status, out = refusal.status, errorBody{refusal}
		}
		body, err := json.Marshal(out)
		if err != nil {
			panic(err) // strings and numbers always encode
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

// create handles POST /v1/charges. The same key and body again give the same
// answer, whether the first one arrived or not.
func (s *Server) create(_ http.ResponseWriter, r *http.Request) (any, error) {
	var req ChargeRequest
	key, err := read(r, &req)
	if err != nil {
		return nil, err
	}
	if err := req.validate(); err != nil {
		return nil, err
	}
	b, ok := methods[req.Method]
	if !ok {
		return nil, refuse(http.StatusPaymentRequired, "invalid-method", "The payment method is not known. Use tok_ok to pay.")
	}
	switch {
	case b.mishap == failOnce && s.time(key) == 1, b.mishap == failThrice && s.time(key) <= 3:
		return nil, refuse(http.StatusInternalServerError, "internal", "The provider failed on purpose; try again.")
	case b.mishap == stallOnce && s.time(key) == 1:
		s.hold(r)
		return nil, refuse(http.StatusGatewayTimeout, "timeout", "The provider was too slow on purpose; try again.")
	}
	a, err := s.finish(s.ledger.create(key, req, b))
	if err != nil {
		return nil, err
	}
	if b.mishap == stallAfter && !a.repeat {
		s.hold(r)
	}
	return s.view(r, a.charge), nil
}

func (s *Server) get(_ http.ResponseWriter, r *http.Request) (any, error) {
	e, ok := s.ledger.get(r.PathValue("id"))
	if !ok {
		return nil, errNoCharge
	}
	return s.view(r, e.Charge), nil
}

// findByKey handles GET /v1/charges?key=..., for a client that does not know
// whether its request arrived.
func (s *Server) findByKey(_ http.ResponseWriter, r *http.Request) (any, error) {
	c, ok := s.ledger.byKey(r.URL.Query().Get("key"))
	if !ok {
		return nil, errNoCharge
	}
	return s.view(r, c), nil
}

func (s *Server) capture(_ http.ResponseWriter, r *http.Request) (any, error) {
	var in amountRequest
	key, err := read(r, &in)
	if err != nil {
		return nil, err
	}
	a, err := s.change(key, "capture", r, in, captureOf(in.Amount, in.Currency))
	return s.view(r, a.charge), err
}

func (s *Server) cancel(_ http.ResponseWriter, r *http.Request) (any, error) {
	var in struct{}
	key, err := read(r, &in)
	if err != nil {
		return nil, err
	}
	a, err := s.change(key, "cancel", r, amountRequest{}, cancelOf)
	return s.view(r, a.charge), err
}

func (s *Server) refund(_ http.ResponseWriter, r *http.Request) (any, error) {
	var in amountRequest
	key, err := read(r, &in)
	if err != nil {
		return nil, err
	}
	a, err := s.change(key, "refund", r, in, refundOf(s.opt.NewID("re"), in.Amount, in.Currency))
	return Refund{ID: a.refund, Charge: s.view(r, a.charge)}, err
}

// settle handles POST /v1/charges/{id}/settle, which no real provider has: it
// captures a pending charge now instead of after Options.Delay.
func (s *Server) settle(_ http.ResponseWriter, r *http.Request) (any, error) {
	a, err := s.finish(s.ledger.change("", "", r.PathValue("id"), settleOf))
	return s.view(r, a.charge), err
}

func (s *Server) book(_ http.ResponseWriter, r *http.Request) (any, error) {
	return s.ledger.book(r.URL.Query().Get("reference")), nil
}

func (s *Server) change(key, verb string, r *http.Request, in amountRequest, fn func(*entry) (string, error)) (answer, error) {
	id := r.PathValue("id")
	return s.finish(s.ledger.change(key, fingerprint(verb, id, strconv.FormatInt(in.Amount, 10), in.Currency), id, fn))
}

// finish sends the webhooks of a change and plans its capture if it is pending.
func (s *Server) finish(a answer, err error) (answer, error) {
	if err != nil {
		return a, err
	}
	for _, h := range a.hooks {
		s.sender.add(h)
	}
	s.arm(a.charge.ID, a.due)
	return a, nil
}

// arm captures a charge at due, in Unix milliseconds, unless that is 0.
func (s *Server) arm(id string, due int64) {
	if due == 0 {
		return
	}
	time.AfterFunc(time.UnixMilli(due).Sub(s.opt.Now()), func() {
		select {
		case <-s.closed:
			return
		default:
		}
		if _, err := s.finish(s.ledger.change("", "", id, settleOf)); err != nil {
			if _, refused := errors.AsType[*apiError](err); !refused { // settled or cancelled meanwhile
				slog.Error("sandbox provider could not settle a charge", "charge", id, "err", err)
			}
		}
	})
}

// view adds what depends on how the provider was reached.
func (s *Server) view(r *http.Request, c Charge) Charge {
	if c.Status == RequiresAction {
		c.ActionURL = cmp.Or(s.opt.PublicURL, "http://"+r.Host) + "/step-up/" + c.ID
	}
	return c
}

// hold keeps an answer back until the client has given up.
func (s *Server) hold(r *http.Request) {
	limit := time.NewTimer(s.opt.Hold)
	defer limit.Stop()
	select {
	case <-r.Context().Done():
	case <-s.closed:
	case <-limit.C:
	}
}

// time counts how often key was seen, among the last ten thousand or so.
func (s *Server) time(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) >= 10_000 {
		clear(s.seen)
	}
	s.seen[key]++
	return s.seen[key]
}

// read takes the idempotency key and the JSON body of a request.
func read(r *http.Request, into any) (key string, err error) {
	key = r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > 255 {
		return "", errNoKey
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<16))
	if err != nil {
		return "", refuse(http.StatusBadRequest, "bad-body", "The body could not be read; it may have 64 kB.")
	}
	if len(body) == 0 {
		return key, nil // the fields are checked by whoever needs them
	}
	if err := json.Unmarshal(body, into); err != nil {
		return "", refuse(http.StatusBadRequest, "bad-body", "The body is not the JSON that was expected: "+err.Error())
	}
	return key, nil
}
