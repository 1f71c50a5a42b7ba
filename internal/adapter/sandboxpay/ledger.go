package sandboxpay

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tradewind/internal/platform/money"
)

// entry is a charge as the ledger keeps it. An entry in the ledger is never
// changed: a change replaces it by a copy.
type entry struct {
	Charge
	ReturnURL string `json:"return_url,omitempty"`
	Capture   bool   `json:"capture,omitempty"`
	Due       int64  `json:"due,omitempty"` // Unix milliseconds when a pending charge is captured
	Ops       []op   `json:"ops"`
}

// op is a request that was carried out, kept so that asking again with its key
// gives the answer of the first time. The first op of an entry created it.
type op struct {
	Key      string `json:"key"`
	Print    string `json:"print"` // fingerprint of the request
	Status   Status `json:"status"`
	Captured int64  `json:"captured,omitempty"`
	Refunded int64  `json:"refunded,omitempty"`
	Refund   string `json:"refund,omitempty"` // id of the refund it made
}

// answer is what a request gets, and the webhooks that it causes.
type answer struct {
	charge Charge
	due    int64
	refund string
	hooks  []*hook
	repeat bool
}

// place says where the op of a key is.
type place struct {
	id string
	op int
}

// ledger holds the charges and decides what may happen to them. It writes a
// change to the journal before anybody can see it.
type ledger struct {
	now    func() time.Time
	newID  func(prefix string) string
	late   time.Duration // of tok_webhook_late
	settle time.Duration // until tok_delayed is captured
	max    int           // charges kept; the oldest are forgotten
	quiet  bool          // nobody listens to webhooks

	mu      sync.Mutex
	journal *journal
	charges map[string]*entry
	keys    map[string]place
	ages    []string // ids, oldest first
	lost    int
}

// create starts a charge of req under key.
func (l *ledger) create(key string, req ChargeRequest, b behaviour) (answer, error) {
	print := fingerprint("charge", strconv.FormatInt(req.Amount, 10), req.Currency, req.Reference, req.Method, strconv.FormatBool(req.Capture), req.ReturnURL)
	l.mu.Lock()
	defer l.mu.Unlock()
	if a, found, err := l.repeated(key, print); found || err != nil {
		return a, err
	}
	now := l.now()
	e := &entry{
		Charge: Charge{ID: l.newID("ch"), Reference: req.Reference, Status: b.firstStatus(req.Capture),
			Amount: req.Amount, Currency: req.Currency, Method: req.Method, Reason: b.reason, Created: now.Unix()},
		Capture: req.Capture,
	}
	switch e.Status {
	case Captured:
		e.Captured = e.Amount
	case Pending:
		e.Due = now.Add(l.settle).UnixMilli()
	case RequiresAction:
		e.ReturnURL = req.ReturnURL
	}
	return l.commit(e, op{Key: key, Print: print}, l.plan(e, b.hooks, now))
}

// change applies fn to a copy of charge id, under key unless that is "". fn
// returns the id of the refund it made, if it made one.
func (l *ledger) change(key, print, id string, fn func(e *entry) (string, error)) (answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a, found, err := l.repeated(key, print); found || err != nil {
		return a, err
	}
	old, ok := l.charges[id]
	if !ok {
		return answer{}, errNoCharge
	}
	e := *old
	refund, err := fn(&e)
	if err != nil {
		return answer{}, err
	}
	return l.commit(&e, op{Key: key, Print: print, Refund: refund}, l.plan(&e, methods[e.Method].hooks, l.now()))
}

// repeated finds the answer that key got before. The caller holds the lock.
func (l *ledger) repeated(key, print string) (answer, bool, error) {
	at, ok := l.keys[key]
	if !ok || key == "" {
		return answer{}, false, nil
	}
	e := l.charges[at.id]
	first := e.Ops[at.op]
	if first.Print != print {
		return answer{}, false, errKeyUsed
	}
	a := answer{charge: e.Charge, refund: first.Refund, repeat: true}
	a.charge.Status, a.charge.Captured, a.charge.Refunded = first.Status, first.Captured, first.Refunded
	if first.Status != Declined {
		a.charge.Reason = ""
	}
	return a, true, nil
}

// commit writes e and its hooks to the journal and then shows e to everybody.
// The caller holds the lock.
func (l *ledger) commit(e *entry, o op, hooks []*hook) (answer, error) {
	if o.Key != "" {
		o.Status, o.Captured, o.Refunded = e.Status, e.Captured, e.Refunded
		e.Ops = append(e.Ops[:len(e.Ops):len(e.Ops)], o)
	}
	recs := make([]record, 1, 3)
	recs[0].Charge = e
	for _, h := range hooks {
		recs = append(recs, record{Hook: h})
	}
	if err := l.journal.append(recs...); err != nil {
		return answer{}, err
	}
	l.install(e)
	return answer{charge: e.Charge, due: e.Due, refund: o.Refund, hooks: hooks}, nil
}

// install makes e the truth about its charge and forgets the oldest charge if
// there are too many.
func (l *ledger) install(e *entry) {
	if _, known := l.charges[e.ID]; !known {
		l.ages = append(l.ages, e.ID)
	}
	l.charges[e.ID] = e
	for i, o := range e.Ops {
		l.keys[o.Key] = place{e.ID, i}
	}
	for len(l.charges) > l.max {
		oldest := l.charges[l.ages[0]]
		for _, o := range oldest.Ops {
			delete(l.keys, o.Key)
		}
		delete(l.charges, oldest.ID)
		l.ages = l.ages[1:]
		l.lost++
	}
}

// plan makes the webhooks that tell of e's state.
func (l *ledger) plan(e *entry, p hookPlan, now time.Time) []*hook {
	if l.quiet || p == hooksNone || e.Status == RequiresAction || e.Status == Pending {
		return nil
	}
	h := &hook{ID: l.newID("wh"), Bodies: []json.RawMessage{l.event(e.Charge, now)}}
	switch {
	case p == hooksTwice:
		h.Bodies = append(h.Bodies, h.Bodies[0])
	case p == hooksBackwards && e.Status == Captured:
		earlier := e.Charge
		earlier.Status, earlier.Captured = Authorised, 0
		h.Bodies = append(h.Bodies, l.event(earlier, now))
	case p == hooksLate:
		h.NotBefore = now.Add(l.late).UnixMilli()
	default:
		h.NotBefore = now.Add(usually).UnixMilli()
	}
	return []*hook{h}
}

// usually is how long after the answer a notice is sent, as providers do: the
// answer comes first unless it is lost.
const usually = 100 * time.Millisecond

func (l *ledger) event(c Charge, now time.Time) json.RawMessage {
	kind := "charge." + string(c.Status)
	if c.Refunded > 0 {
		kind = "charge.refunded"
	}
	body, err := json.Marshal(Event{ID: l.newID("evt"), Type: kind, Created: now.Unix(), Charge: c})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return body
}

// done notes that a hook needs no more attempts. A lost note costs one more
// delivery after a restart, which receivers must expect anyway.
func (l *ledger) done(hookID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.journal.append(record{Done: hookID})
}

func (l *ledger) get(id string) (entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.charges[id]; ok {
		return *e, true
	}
	return entry{}, false
}

// byKey returns the charge as it is now that key created.
func (l *ledger) byKey(key string) (Charge, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.keys[key]; ok && at.op == 0 {
		return l.charges[at.id].Charge, true
	}
	return Charge{}, false
}

// book sums up by reference, oldest first; reference "" means all of them.
func (l *ledger) book(reference string) Book {
	l.mu.Lock()
	defer l.mu.Unlock()
	type heading struct{ reference, currency string }
	at := map[heading]int{}
	b := Book{Charges: len(l.charges), Lost: l.lost, References: []BookEntry{}}
	for _, id := range l.ages {
		e := l.charges[id]
		if reference != "" && e.Reference != reference {
			continue
		}
		i, ok := at[heading{e.Reference, e.Currency}]
		if !ok {
			i = len(b.References)
			at[heading{e.Reference, e.Currency}] = i
			b.References = append(b.References, BookEntry{Reference: e.Reference, Currency: e.Currency})
		}
		sum := &b.References[i]
		sum.Charges++
		sum.Captured += e.Captured
		sum.Refunded += e.Refunded
		if e.Captured > 0 {
			sum.Taken++
		}
	}
	return b
}

// The changes that a charge may go through.

func captureOf(amount int64, currency string) func(*entry) (string, error) {
	return func(e *entry) (string, error) {
		switch {
		case e.Status != Authorised:
			return "", wrongState(e, "captured")
		case currency != e.Currency:
			return "", wrongCurrency(e)
		case amount <= 0 || amount > e.Amount:
			return "", refuse(http.StatusUnprocessableEntity, "bad-amount", "Capture between 1 and "+strconv.FormatInt(e.Amount, 10)+" minor units.")
		}
		e.Status, e.Captured = Captured, amount
		return "", nil
	}
}

func cancelOf(e *entry) (string, error) {
	if e.Status != Authorised && e.Status != RequiresAction && e.Status != Pending {
		return "", wrongState(e, "cancelled")
	}
	e.Status, e.Due = Cancelled, 0
	return "", nil
}

func refundOf(id string, amount int64, currency string) func(*entry) (string, error) {
	return func(e *entry) (string, error) {
		left := e.Captured - e.Refunded
		switch {
		case e.Status != Captured:
			return "", wrongState(e, "refunded")
		case currency != e.Currency:
			return "", wrongCurrency(e)
		case amount <= 0 || amount > left:
			return "", refuse(http.StatusUnprocessableEntity, "bad-amount", "Refund between 1 and "+strconv.FormatInt(left, 10)+" minor units.")
		}
		e.Refunded += amount
		if e.Refunded == e.Captured {
			e.Status = Refunded
		}
		return id, nil
	}
}

func settleOf(e *entry) (string, error) {
	if e.Status != Pending {
		return "", wrongState(e, "settled")
	}
	e.Status, e.Captured, e.Due = Captured, e.Amount, 0
	return "", nil
}

func stepUpOf(approve bool) func(*entry) (string, error) {
	return func(e *entry) (string, error) {
		switch {
		case e.Status != RequiresAction:
			return "", wrongState(e, "confirmed")
		case !approve:
			e.Status, e.Reason = Declined, "The confirmation was refused."
		case e.Capture:
			e.Status, e.Captured = Captured, e.Amount
		default:
			e.Status = Authorised
		}
		return "", nil
	}
}

func wrongState(e *entry, verb string) error {
	return refuse(http.StatusConflict, "wrong-state", "A charge that is "+string(e.Status)+" cannot be "+verb+".")
}

func wrongCurrency(e *entry) error {
	return refuse(http.StatusUnprocessableEntity, "bad-currency", "The charge is in "+e.Currency+".")
}

// validate checks a request for a charge; its method is checked elsewhere.
func (r ChargeRequest) validate() error {
	switch {
	case r.Amount <= 0 || r.Amount > money.Max:
		return refuse(http.StatusUnprocessableEntity, "bad-amount", "amount must be between 1 and "+strconv.FormatInt(money.Max, 10)+" minor units.")
	case !money.Known(r.Currency):
		return refuse(http.StatusUnprocessableEntity, "bad-currency", "currency must be an ISO 4217 code such as EUR.")
	case len(r.Reference) > 255:
		return refuse(http.StatusUnprocessableEntity, "bad-reference", "reference may have up to 255 bytes.")
	case len(r.ReturnURL) > 2000 || (r.ReturnURL != "" && !strings.HasPrefix(r.ReturnURL, "http://") && !strings.HasPrefix(r.ReturnURL, "https://")):
		return refuse(http.StatusUnprocessableEntity, "bad-return-url", "return_url must be an http or https address of up to 2000 bytes.")
	}
	return nil
}

// fingerprint identifies a request; 96 bits of SHA-256 are plenty to tell a
// repeat from another request.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
