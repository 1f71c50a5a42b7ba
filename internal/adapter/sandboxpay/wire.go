package sandboxpay

import "net/http"

// Status is the state of a charge in the provider's own words.
type Status string

// The states of a charge. A charge that was given back in part stays captured.
const (
	RequiresAction Status = "requires_action"
	Pending        Status = "pending"
	Authorised     Status = "authorised"
	Captured       Status = "captured"
	Declined       Status = "declined"
	Cancelled      Status = "cancelled"
	Refunded       Status = "refunded"
)

// ChargeRequest is the body of POST /v1/charges. Amount is in minor units.
type ChargeRequest struct {
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Reference string `json:"reference"`
	Method    string `json:"method"`
	Capture   bool   `json:"capture"`
	ReturnURL string `json:"return_url,omitempty"`
}

// Charge is a charge as answers and webhooks show it. Sums are in minor units
// of Currency, Created is in Unix seconds.
type Charge struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	Status    Status `json:"status"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Captured  int64  `json:"captured"`
	Refunded  int64  `json:"refunded"`
	Method    string `json:"method"`
	Reason    string `json:"reason,omitempty"`
	ActionURL string `json:"action_url,omitempty"`
	Created   int64  `json:"created"`
}

// amountRequest is the body of a capture or a refund.
type amountRequest struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Refund answers POST /v1/charges/{id}/refunds.
type Refund struct {
	ID     string `json:"id"`
	Charge Charge `json:"charge"`
}

// Event is the body of a webhook. ID stays the same when it is sent again.
type Event struct {
	ID      string `json:"id"`
	Type    string `json:"type"` // such as "charge.captured"
	Created int64  `json:"created"`
	Charge  Charge `json:"charge"`
}

// Book is the provider's own ledger: what it believes it has charged. Lost
// counts the charges that were forgotten to stay within MaxCharges.
type Book struct {
	Charges    int         `json:"charges"`
	Lost       int         `json:"lost"`
	References []BookEntry `json:"references"`
}

// BookEntry sums up the charges of one reference in one currency. Taken counts
// the charges that moved money: more than one means that somebody paid twice.
type BookEntry struct {
	Reference string `json:"reference"`
	Currency  string `json:"currency"`
	Charges   int    `json:"charges"`
	Taken     int    `json:"taken"`
	Captured  int64  `json:"captured"`
	Refunded  int64  `json:"refunded"`
}

// apiError is a refusal as the API sends it.
type apiError struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

func refuse(status int, code, message string) *apiError {
	return &apiError{status: status, Code: code, Message: message}
}

type errorBody struct {
	Error *apiError `json:"error"`
}

var (
	errNoCharge = refuse(http.StatusNotFound, "no-such-charge", "There is no such charge.")
	errKeyUsed  = refuse(http.StatusConflict, "key-used", "This Idempotency-Key was used for another request.")
	errNoKey    = refuse(http.StatusBadRequest, "no-key", "Send an Idempotency-Key header of 1 to 255 characters.")
)
