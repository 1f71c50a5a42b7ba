package order

import (
	"testing"
	"time"

	"tradewind/internal/platform/fault"
)

func TestTheStateMachineOfAnOrder(t *testing.T) {
	type step struct {
		from, to Status
		by       string
	}
	allowed := map[step]bool{
		{Placed, Paid, "shopper"}: true, {Placed, Paid, "provider"}: true, {Placed, Expired, "clock"}: true,
		{Placed, Cancelled, "shopper"}: true, {Placed, Cancelled, "customer"}: true, {Placed, Cancelled, "staff"}: true,
		{Paid, Shipped, "staff"}: true, {Paid, Cancelled, "staff"}: true,
		{Shipped, Delivered, "staff"}: true, {Shipped, Delivered, "carrier"}: true,
	}
	all := []Status{Placed, Paid, Shipped, Delivered, Cancelled, Expired}
	for _, from := range all {
		for _, to := range all {
			for _, by := range []string{"shopper", "customer", "staff", "provider", "carrier", "clock", "", "staffing"} {
				for _, actor := range []string{by, by + ":x"} {
					if got := May(actor, from, to); got != allowed[step{from, to, by}] {
						t.Errorf("%q may take an order from %s to %s: %v", actor, from, to, got)
					}
				}
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
