package paylink

import (
	"errors"
	"time"

	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

// path is where the service answers, followed by the name of a call.
const path = "/provider/"

// nameHeader says in every answer which provider the service uses.
const nameHeader = "Payment-Provider"

// call is what all calls are asked with; each uses what it needs.
type call struct {
	Charge *payment.Charge   `json:"charge,omitempty"`
	Key    string            `json:"key,omitempty"`
	Ref    string            `json:"ref,omitempty"`
	Amount *money.Amount     `json:"amount,omitempty"`
	Header map[string]string `json:"header,omitempty"` // of a notice
	Body   []byte            `json:"body,omitempty"`
	Now    time.Time         `json:"now,omitzero"`
}

// answer is what all calls are answered with.
type answer struct {
	State  payment.State   `json:"state,omitzero"`
	Found  bool            `json:"found,omitempty"`
	Ref    string          `json:"ref,omitempty"`
	Notice *payment.Notice `json:"notice,omitempty"`
	Error  *failure        `json:"error,omitempty"`
}

// failure is an error of the port: its kind by name, and what a shopper may see.
type failure struct {
	Kind   string `json:"kind"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// kinds are those that errors of the port have; every other is "unavailable",
// after which nobody may think that nothing moved.
var kinds = map[fault.Kind]string{fault.Invalid: "invalid", fault.NotFound: "not-found", fault.Conflict: "conflict", fault.Unauthorized: "unauthorized", fault.Unavailable: "unavailable"}

func failureOf(err error) *failure {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || kinds[e.Kind] == "" {
		e = unknown(err)
	}
	return &failure{kinds[e.Kind], e.Code, e.Detail}
}

func (f *failure) fault() error {
	for kind, name := range kinds {
		if name == f.Kind {
			return fault.New(kind, f.Code, "%s", f.Detail)
		}
	}
	return unknown(errors.New("the payment service failed with a kind " + f.Kind))
}

// unknown is an error after which nobody can say what happened.
func unknown(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "payment-provider-unavailable", "The payment provider cannot be reached at the moment.").Because(cause)
}
