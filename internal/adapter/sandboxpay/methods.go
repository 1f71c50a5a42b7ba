package sandboxpay

// hookPlan says how a charge's webhooks are sent.
type hookPlan int

const (
	hooksPlain hookPlan = iota
	hooksTwice
	hooksBackwards // captured first, then authorised
	hooksLate
	hooksNone
)

// mishap is what goes wrong with the request itself.
type mishap int

const (
	noMishap      mishap = iota
	stallAfter           // the money moves, the answer does not come
	stallOnce            // the first request of a key does nothing and does not answer
	failOnce             // the first request of a key gets a 500 and does nothing
	failThrice           // the first three do: a client who tries again at once gets nowhere
	declinedFunds = "There is not enough money on the account."
	declinedBank  = "The bank declined the charge."
)

// behaviour is what a method token makes the provider do.
type behaviour struct {
	status Status // "" for captured, or authorised if the client wants that
	reason string
	hooks  hookPlan
	mishap mishap
}

// methods are the tokens that stand for cards. Any other token is invalid.
var methods = map[string]behaviour{
	"tok_ok":                   {},
	"tok_declined":             {status: Declined, reason: declinedBank},
	"tok_insufficient":         {status: Declined, reason: declinedFunds},
	"tok_step_up":              {status: RequiresAction},
	"tok_authorise_only":       {status: Authorised},
	"tok_delayed":              {status: Pending},
	"tok_webhook_twice":        {hooks: hooksTwice},
	"tok_webhook_out_of_order": {hooks: hooksBackwards},
	"tok_webhook_late":         {hooks: hooksLate},
	"tok_no_webhook":           {hooks: hooksNone},
	"tok_timeout":              {mishap: stallAfter},
	"tok_timeout_before":       {mishap: stallOnce},
	"tok_error":                {mishap: failOnce},
	"tok_away":                 {mishap: failThrice},
	"tok_away_declined":        {status: Declined, reason: declinedBank, mishap: failThrice},
}

// firstStatus is the state in which a charge with this behaviour begins.
func (b behaviour) firstStatus(capture bool) Status {
	switch {
	case b.status != "":
		return b.status
	case capture:
		return Captured
	}
	return Authorised
}
