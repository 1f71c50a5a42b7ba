package user

import (
	"context"
	"time"

	"tradewind/internal/platform/fault"
)

// Purpose is what a token that works once is for.
type Purpose string

// The purposes of links in mails.
const (
	Verify      Purpose = "verify" // the address belongs to who registered
	Reset       Purpose = "reset"  // a new password for one that was forgotten
	ChangeEmail Purpose = "email"  // another address
)

// Lasts is how long a link works.
func (p Purpose) Lasts() time.Duration {
	switch p {
	case Reset:
		return time.Hour
	case ChangeEmail:
		return 24 * time.Hour
	default:
		return 48 * time.Hour
	}
}

// OneTime is a token that works once, for one customer and the address that it
// was sent to.
type OneTime struct {
	ID, CustomerID, Email string
	Purpose               Purpose
	TokenHash             []byte
	ExpiresAt             time.Time
}

// LinkInvalid is the one answer to a token that was used, is over or never was.
func LinkInvalid() error {
	return fault.Field("link-invalid", "token", "this link has been used or is too old; ask for another one")
}

// OneTimes keeps tokens that work once.
type OneTimes interface {
	// Insert keeps a token; one with that id already stays as it is.
	Insert(ctx context.Context, t OneTime) error
	// Find returns a token; "link-invalid".
	Find(ctx context.Context, p Purpose, tokenHash []byte, now time.Time) (OneTime, error)
	// Take takes it away, so that it never works again; "link-invalid" for all
	// but the first.
	Take(ctx context.Context, t OneTime) error
	// Drop takes away all tokens of a customer for a purpose.
	Drop(ctx context.Context, customer string, p Purpose) error
	// Purge deletes up to n tokens that ended before, and says how many.
	Purge(ctx context.Context, before time.Time, n int) (int64, error)
}

// TopicMail is the topic of mails about accounts. The aggregate is the mail's own id.
const TopicMail = "account.mail"

// MailKind is what a mail is about.
type MailKind string

// What is mailed about accounts. Who asks for the first three is told the same
// whether the address is known or not; only the mailbox learns more.
const (
	MailRegistered  MailKind = "registered"   // verify, or "you have an account already"
	MailReset       MailKind = "reset"        // only to an address that is known
	MailChangeEmail MailKind = "change-email" // to the new address
	MailEmailLeaves MailKind = "email-leaves" // to the old one
	MailPassword    MailKind = "password"     // it was changed
)

// Mail is the payload of TopicMail.
type Mail struct {
	Kind       MailKind `json:"kind"`
	Email      string   `json:"email"`                 // where it goes
	CustomerID string   `json:"customer_id,omitempty"` // of MailChangeEmail
}
