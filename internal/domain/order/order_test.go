package order

import (
	"testing"
	"time"

	"tradewind/internal/platform/fault"
)

func TestTheStateMachineOfAnOrder(t *testing.T) {
	all := []Status{Placed, Paid, Cancelled, Expired}
	allowed := map[[2]Status]bool{{Placed, Paid}: true, {Placed, Cancelled}: true, {Placed, Expired}: true}
	for _, from := range all {
		for _, to := range all {
			if got := from.CanBecome(to); got != allowed[[2]Status{from, to}] {
				t.Errorf("%s can become %s: %v", from, to, got)
			}
		}
	}
}

func TestARefusalNamesTheStateInItsCode(t *testing.T) {
	for status, code := range map[Status]string{Paid: "order-already-paid", Cancelled: "order-already-cancelled", Expired: "order-already-expired"} {
		if err := Refuse(status); fault.Code(err) != code || fault.KindOf(err) != fault.Conflict {
			t.Errorf("Refuse(%s) = %v", status, err)
		}
	}
}

func TestEveryStateHasItsTopicAndVersion(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for status, topic := range map[Status]string{Placed: TopicPlaced, Paid: TopicPaid, Cancelled: TopicCancelled, Expired: TopicExpired} {
		e := EventOf(Order{ID: "o", Number: 7, Version: 2, Status: status, Total: 5, Currency: "EUR"}, at)
		payload, ok := e.Payload.(Event)
		if e.Topic != topic || e.Aggregate != "o" || e.Seq != 2 || !ok || payload.Status != status || payload.Total.Minor != 5 {
			t.Errorf("the event of %s is %+v", status, e)
		}
	}
}
