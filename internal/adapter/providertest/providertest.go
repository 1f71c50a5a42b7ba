// Package providertest is the conformance suite of payment.Provider: what
// settlement relies on, whichever provider it talks to. It imports payment,
// money and fault; every adapter runs it.
package providertest

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// Methods are tokens that make the provider behave as named; "" skips the tests
// that need it.
type Methods struct {
	OK, Declined, Unknown, StepUp, AuthoriseOnly string
	Pending                                      string // captured later, by Fixture.Settle
	Slow                                         string // the money moves, the answer comes too late
	SlowBefore                                   string // the first request is lost
	FailsOnce                                    string // the first request meets an internal error
	Twice, OutOfOrder                            string // how notices come
}

// Raw is a webhook as it arrived.
type Raw struct {
	Header map[string]string
	Body   []byte
}

// Fixture is a provider to test, with hands on its other side.
type Fixture struct {
	Provider payment.Provider
	Hasty    payment.Provider // the same account, through a client that waits only briefly
	Methods  Methods
	Notices  <-chan Raw // every webhook of the account; nil skips what needs them

	// Answer confirms or refuses a step-up as the shopper would.
	Answer func(t *testing.T, actionURL string, approve bool)
	// Settle lets a pending charge be captured now.
	Settle func(t *testing.T, ref string)
	// Taken asks the provider's own ledger how many charges moved money for a
	// reference, and the sums in minor units.
	Taken func(t *testing.T, reference string) (charges int, captured, refunded int64)
}

// patience bounds the wait for something that must happen at once.
const patience = 20 * time.Second

// suite is one test's view of a fixture.
type suite struct {
	Fixture
	t *testing.T
}

// Run tests a provider. open makes a new account, so that tests do not see each
// other's notices.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	tests := map[string]func(suite){
		"same key twice is one charge":                   suite.sameKeyTwice,
		"same key at the same time is one charge":        suite.sameKeyAtOnce,
		"same key for another request is refused":        suite.keyReused,
		"a decline is a state, not an error":             suite.decline,
		"an unknown method is invalid and moves nothing": suite.unknownMethod,
		"nonsense amounts move nothing":                  suite.nonsense,
		"step-up approved":                               suite.stepUpApproved,
		"step-up refused":                                suite.stepUpRefused,
		"pending is captured later and told":             suite.pending,
		"a time-out after the money moved is found":      suite.slow,
		"a time-out before the money moved can be asked": suite.slowBefore,
		"an internal error is asked again":               suite.failsOnce,
		"find tells a missing charge from an outage":     suite.findNothing,
		"authorise, then capture":                        suite.capture,
		"authorise, then cancel":                         suite.cancel,
		"a captured charge cannot be cancelled":          suite.cancelCaptured,
		"refunds never exceed what was captured":         suite.refunds,
		"a refund asked twice is one refund":             suite.refundTwice,
		"a gone caller is told that nothing is known":    suite.gone,
		"notices are signed":                             suite.signatures,
		"a notice told twice has one id":                 suite.noticeTwice,
		"notices out of order can be put in order":       suite.noticesOutOfOrder,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(suite{open(t), t}) })
	}
}

func (s suite) need(what bool, name string) {
	s.t.Helper()
	if !what {
		s.t.Skip("the provider offers no " + name)
	}
}

// order is a charge of 19.99 EUR whose key and reference are named after the test.
func (s suite) order(method string) payment.Charge {
	s.t.Helper()
	s.need(method != "", "such method")
	return payment.Charge{Key: s.t.Name() + "/1", Reference: s.t.Name(), Amount: money.Of(1999, "EUR"),
		Method: method, ReturnURL: "https://shop.example/orders/1", Capture: true}
}

func (s suite) charge(c payment.Charge, want payment.AttemptStatus) payment.State {
	s.t.Helper()
	st, err := s.Provider.Charge(s.t.Context(), c)
	if err != nil {
		s.t.Fatalf("Charge(%s): %v", c.Key, err)
	}
	if st.Status != want || st.Ref == "" || st.Reference != c.Reference || st.Amount != c.Amount {
		s.t.Fatalf("Charge(%s) = %+v, want %s of %v for %s", c.Key, st, want, c.Amount, c.Reference)
	}
	return st
}

func (s suite) found(key string, want payment.AttemptStatus) payment.State {
	s.t.Helper()
	st, ok, err := s.Provider.Find(s.t.Context(), key)
	if err != nil || !ok || st.Status != want {
		s.t.Fatalf("Find(%s) = %+v, %t, %v, want %s", key, st, ok, err, want)
	}
	return st
}

func (s suite) taken(reference string, charges int, captured, refunded int64) {
	s.t.Helper()
	n, c, r := s.Taken(s.t, reference)
	if n != charges || c != captured || r != refunded {
		s.t.Errorf("the provider's ledger says %d charges, %d captured, %d refunded; want %d, %d, %d", n, c, r, charges, captured, refunded)
	}
}

func (s suite) wantCode(err error, kind fault.Kind, code string) {
	s.t.Helper()
	if fault.KindOf(err) != kind || (code != "" && fault.Code(err) != code) {
		s.t.Fatalf("error is %v (kind %d, code %q), want kind %d, code %q", err, fault.KindOf(err), fault.Code(err), kind, code)
	}
}

func (s suite) notice() (Raw, payment.Notice) {
	s.t.Helper()
	s.need(s.Notices != nil, "notices")
	select {
	case raw := <-s.Notices:
		n, err := s.Provider.Notice(raw.Header, raw.Body, time.Now())
		if err != nil {
			s.t.Fatalf("Notice(%s): %v", raw.Body, err)
		}
		return raw, n
	case <-time.After(patience):
		s.t.Fatal("no notice came")
		panic("unreachable")
	}
}

func (s suite) sameKeyTwice() {
	c := s.order(s.Methods.OK)
	first := s.charge(c, payment.AttemptCaptured)
	if again := s.charge(c, payment.AttemptCaptured); again != first {
		s.t.Errorf("second answer %+v differs from the first %+v", again, first)
	}
	s.taken(c.Reference, 1, 1999, 0)
}

func (s suite) sameKeyAtOnce() {
	c := s.order(s.Methods.OK)
	var refs sync.Map
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			st, err := s.Provider.Charge(s.t.Context(), c)
			if err != nil || st.Status != payment.AttemptCaptured {
				s.t.Errorf("Charge = %+v, %v", st, err)
			}
			refs.Store(st.Ref, true)
		})
	}
	all.Wait()
	n := 0
	refs.Range(func(_, _ any) bool { n++; return true })
	if n != 1 {
		s.t.Errorf("16 requests with one key made %d charges", n)
	}
	s.taken(c.Reference, 1, 1999, 0)
}

func (s suite) keyReused() {
	c := s.order(s.Methods.OK)
	s.charge(c, payment.AttemptCaptured)
	c.Amount.Minor++
	_, err := s.Provider.Charge(s.t.Context(), c)
	s.wantCode(err, fault.Conflict, "payment-refused")
	s.taken(c.Reference, 1, 1999, 0)
}

func (s suite) decline() {
	c := s.order(s.Methods.Declined)
	if st := s.charge(c, payment.Declined); st.Reason == "" {
		s.t.Error("there is no reason to show to the shopper")
	}
	s.found(c.Key, payment.Declined)
	s.taken(c.Reference, 0, 0, 0)
}

func (s suite) unknownMethod() {
	c := s.order(s.Methods.Unknown)
	_, err := s.Provider.Charge(s.t.Context(), c)
	s.wantCode(err, fault.Invalid, "payment-method-invalid")
	s.taken(c.Reference, 0, 0, 0)
}

func (s suite) nonsense() {
	for name, amount := range map[string]money.Amount{
		"zero": money.Of(0, "EUR"), "negative": money.Of(-5, "EUR"), "unknown currency": money.Of(100, "ZZZ"), "no currency": money.Of(100, ""),
	} {
		c := s.order(s.Methods.OK)
		c.Key, c.Amount = c.Key+name, amount
		_, err := s.Provider.Charge(s.t.Context(), c)
		s.wantCode(err, fault.Conflict, "payment-refused")
	}
	s.taken(s.t.Name(), 0, 0, 0)
}

func (s suite) stepUpApproved() {
	c := s.order(s.Methods.StepUp)
	st := s.charge(c, payment.RequiresAction)
	if st.ActionURL == "" {
		s.t.Fatal("there is nowhere to send the shopper")
	}
	s.taken(c.Reference, 0, 0, 0)
	s.Answer(s.t, st.ActionURL, true)
	s.found(c.Key, payment.AttemptCaptured)
	s.taken(c.Reference, 1, 1999, 0)
	if _, n := s.notice(); n.State.Status != payment.AttemptCaptured || n.State.Ref != st.Ref {
		s.t.Errorf("notice says %+v, want captured", n)
	}
	s.Answer(s.t, st.ActionURL, false) // too late
	s.found(c.Key, payment.AttemptCaptured)
}

func (s suite) stepUpRefused() {
	c := s.order(s.Methods.StepUp)
	st := s.charge(c, payment.RequiresAction)
	s.Answer(s.t, st.ActionURL, false)
	if st := s.found(c.Key, payment.Declined); st.Reason == "" {
		s.t.Error("there is no reason to show to the shopper")
	}
	s.taken(c.Reference, 0, 0, 0)
}

func (s suite) pending() {
	c := s.order(s.Methods.Pending)
	st := s.charge(c, payment.Pending)
	s.taken(c.Reference, 0, 0, 0)
	s.Settle(s.t, st.Ref)
	if _, n := s.notice(); n.State.Status != payment.AttemptCaptured || n.State.Reference != c.Reference || n.State.Amount != c.Amount {
		s.t.Errorf("notice says %+v, want captured", n)
	}
	s.found(c.Key, payment.AttemptCaptured)
}

func (s suite) slow() {
	c := s.order(s.Methods.Slow)
	_, err := s.Hasty.Charge(s.t.Context(), c)
	s.wantCode(err, fault.Unavailable, "")
	s.found(c.Key, payment.AttemptCaptured)
	s.charge(c, payment.AttemptCaptured)
	s.taken(c.Reference, 1, 1999, 0)
}

func (s suite) slowBefore() {
	c := s.order(s.Methods.SlowBefore)
	_, err := s.Hasty.Charge(s.t.Context(), c)
	s.wantCode(err, fault.Unavailable, "")
	if _, found, err := s.Provider.Find(s.t.Context(), c.Key); found || err != nil {
		s.t.Fatalf("Find = %t, %v, want nothing", found, err)
	}
	s.charge(c, payment.AttemptCaptured)
	s.taken(c.Reference, 1, 1999, 0)
}

func (s suite) failsOnce() {
	c := s.order(s.Methods.FailsOnce)
	if _, err := s.Provider.Charge(s.t.Context(), c); err != nil {
		s.wantCode(err, fault.Unavailable, "")
		s.charge(c, payment.AttemptCaptured)
	}
	s.taken(c.Reference, 1, 1999, 0)
}

func (s suite) findNothing() {
	if st, found, err := s.Provider.Find(s.t.Context(), "never used &=/?#"); found || err != nil {
		s.t.Errorf("Find = %+v, %t, %v, want nothing", st, found, err)
	}
}

func (s suite) capture() {
	c := s.order(s.Methods.AuthoriseOnly)
	c.Capture = false
	st := s.charge(c, payment.Authorised)
	s.taken(c.Reference, 0, 0, 0)
	_, err := s.Provider.Capture(s.t.Context(), "cap-too-much", st.Ref, money.Of(2000, "EUR"))
	s.wantCode(err, fault.Conflict, "payment-refused")
	for range 2 {
		got, err := s.Provider.Capture(s.t.Context(), "cap", st.Ref, c.Amount)
		if err != nil || got.Status != payment.AttemptCaptured || got.Ref != st.Ref {
			s.t.Fatalf("Capture = %+v, %v", got, err)
		}
	}
	_, err = s.Provider.Capture(s.t.Context(), "cap-again", st.Ref, c.Amount)
	s.wantCode(err, fault.Conflict, "payment-refused")
	s.taken(c.Reference, 1, 1999, 0)
}

func (s suite) cancel() {
	c := s.order(s.Methods.AuthoriseOnly)
	c.Capture = false
	st := s.charge(c, payment.Authorised)
	for range 2 {
		got, err := s.Provider.Cancel(s.t.Context(), "void", st.Ref)
		if err != nil || got.Status != payment.AttemptVoid {
			s.t.Fatalf("Cancel = %+v, %v", got, err)
		}
	}
	_, err := s.Provider.Capture(s.t.Context(), "cap", st.Ref, c.Amount)
	s.wantCode(err, fault.Conflict, "payment-refused")
	s.taken(c.Reference, 0, 0, 0)
}

func (s suite) cancelCaptured() {
	c := s.order(s.Methods.OK)
	st := s.charge(c, payment.AttemptCaptured)
	_, err := s.Provider.Cancel(s.t.Context(), "void", st.Ref)
	s.wantCode(err, fault.Conflict, "payment-refused")
	s.taken(c.Reference, 1, 1999, 0)
}

func (s suite) refund(key, ref string, amount money.Amount) string {
	s.t.Helper()
	id, err := s.Provider.Refund(s.t.Context(), key, ref, amount)
	if err != nil || id == "" {
		s.t.Fatalf("Refund(%s, %v) = %q, %v", key, amount, id, err)
	}
	return id
}

func (s suite) refunds() {
	c := s.order(s.Methods.OK)
	st := s.charge(c, payment.AttemptCaptured)
	one := s.refund("r1", st.Ref, money.Of(999, "EUR"))
	s.found(c.Key, payment.AttemptCaptured)
	_, err := s.Provider.Refund(s.t.Context(), "r-too-much", st.Ref, money.Of(1001, "EUR"))
	s.wantCode(err, fault.Conflict, "payment-refused")
	_, err = s.Provider.Refund(s.t.Context(), "r-other-money", st.Ref, money.Of(1, "USD"))
	s.wantCode(err, fault.Conflict, "payment-refused")
	if two := s.refund("r2", st.Ref, money.Of(1000, "EUR")); two == one {
		s.t.Errorf("two refunds have one id %s", one)
	}
	s.found(c.Key, payment.AttemptRefunded)
	_, err = s.Provider.Refund(s.t.Context(), "r3", st.Ref, money.Of(1, "EUR"))
	s.wantCode(err, fault.Conflict, "payment-refused")
	s.taken(c.Reference, 1, 1999, 1999)
}

func (s suite) refundTwice() {
	c := s.order(s.Methods.OK)
	st := s.charge(c, payment.AttemptCaptured)
	ids := make([]string, 16)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			id, err := s.Provider.Refund(s.t.Context(), "r1", st.Ref, money.Of(500, "EUR"))
			if err != nil {
				s.t.Errorf("Refund: %v", err)
			}
			ids[i] = id
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] || id == "" {
			s.t.Fatalf("one key made the refunds %v", ids)
		}
	}
	s.taken(c.Reference, 1, 1999, 500)
}

func (s suite) gone() {
	ctx, cancel := newlyGone(s.t)
	defer cancel()
	_, err := s.Provider.Charge(ctx, s.order(s.Methods.OK))
	s.wantCode(err, fault.Unavailable, "")
}

func (s suite) signatures() {
	s.need(s.Notices != nil, "notices")
	st := s.charge(s.order(s.Methods.OK), payment.AttemptCaptured)
	raw, n := s.notice()
	if n.ID == "" || n.State.Ref != st.Ref || n.State.Status != payment.AttemptCaptured || n.At.IsZero() {
		s.t.Errorf("notice says %+v, want captured %s", n, st.Ref)
	}
	now := time.Now()
	lower := map[string]string{}
	for k, v := range raw.Header {
		lower[http.CanonicalHeaderKey(k)] = v
	}
	if _, err := s.Provider.Notice(lower, raw.Body, now); err != nil {
		s.t.Errorf("canonical header names: %v", err)
	}
	refused := map[string]func() ([]byte, map[string]string, time.Time){
		"changed body": func() ([]byte, map[string]string, time.Time) {
			return append([]byte(" "), raw.Body...), raw.Header, now
		},
		"no body":      func() ([]byte, map[string]string, time.Time) { return nil, raw.Header, now },
		"no signature": func() ([]byte, map[string]string, time.Time) { return raw.Body, nil, now },
		"empty signature": func() ([]byte, map[string]string, time.Time) {
			return raw.Body, spoil(raw.Header, func(string) string { return "" }), now
		},
		"broken signature": func() ([]byte, map[string]string, time.Time) { return raw.Body, spoil(raw.Header, flipLast), now },
		"an hour old":      func() ([]byte, map[string]string, time.Time) { return raw.Body, raw.Header, now.Add(time.Hour) },
		"from the future":  func() ([]byte, map[string]string, time.Time) { return raw.Body, raw.Header, now.Add(-time.Hour) },
	}
	for name, how := range refused {
		body, header, at := how()
		if _, err := s.Provider.Notice(header, body, at); fault.Code(err) != "bad-signature" {
			s.t.Errorf("%s: error is %v, want bad-signature", name, err)
		}
	}
}

func (s suite) noticeTwice() {
	s.charge(s.order(s.Methods.Twice), payment.AttemptCaptured)
	_, one := s.notice()
	_, two := s.notice()
	if one != two {
		s.t.Errorf("two copies differ: %+v and %+v", one, two)
	}
}

func (s suite) noticesOutOfOrder() {
	st := s.charge(s.order(s.Methods.OutOfOrder), payment.AttemptCaptured)
	_, one := s.notice()
	_, two := s.notice()
	if one.ID == two.ID || one.State.Ref != st.Ref || two.State.Ref != st.Ref {
		s.t.Fatalf("want two notices of %s, got %+v and %+v", st.Ref, one, two)
	}
	if one.State.Status != payment.AttemptCaptured || payment.Follows(one.State.Status, two.State.Status) {
		s.t.Errorf("want the later state first, got %s, %s", one.State.Status, two.State.Status)
	}
}
