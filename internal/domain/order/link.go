package order

import (
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/platform/fault"
)

// TopicLinks is the topic of requests for links to the orders of an address.
// The aggregate is the request's own id.
const TopicLinks = "order.links"

// LinksAsked is the payload of TopicLinks.
type LinksAsked struct {
	Email string `json:"email"`
}

// EventLinksAsked says that somebody asked for links to be mailed.
func EventLinksAsked(id, email string, at time.Time) outbox.Event {
	return outbox.Event{Aggregate: id, Seq: 1, Topic: TopicLinks, Payload: LinksAsked{email}, At: at}
}

// TokenExpired tells a guest that what they hold opened the order once.
func TokenExpired() error {
	return fault.New(fault.Unauthorized, "order-token-expired", "This link to the order is too old; ask for another one by mail.")
}
