package archive

import (
	"strings"
	"testing"

	"tradewind/internal/domain/order"
)

func TestAnOrderIsFinishedWhenNothingIsUnderWay(t *testing.T) {
	const sold = `{"id":"o","payment":{"status":"captured","minor":900,"attempts":[{"status":"declined"},{"status":"captured"}]}}`
	with := func(old, fresh string) string { return strings.Replace(sold, old, fresh, 1) }
	tests := map[string]struct {
		status order.Status
		line   string
		want   bool
	}{
		"delivered and paid":             {order.Delivered, sold, true},
		"on its way":                     {order.Shipped, sold, false},
		"to be sent":                     {order.Paid, sold, false},
		"to be paid":                     {order.Placed, with(`captured","minor`, `due","minor`), false},
		"delivered and not paid":         {order.Delivered, with(`captured","minor`, `due","minor`), false},
		"an attempt may still come in":   {order.Delivered, with(`declined`, `pending`), false},
		"a refund is due":                {order.Delivered, with(`"attempts"`, `"refunds":[{"status":"done"},{"status":"due"}],"attempts"`), false},
		"refunds are done":               {order.Delivered, with(`"attempts"`, `"refunds":[{"status":"done"},{"status":"failed"}],"attempts"`), true},
		"a return is asked for":          {order.Delivered, with(`{"id"`, `{"returns":[{"status":"refunded"},{"status":"requested"}],"id"`), false},
		"a return is on its way":         {order.Delivered, with(`{"id"`, `{"returns":[{"status":"approved"}],"id"`), false},
		"the money of a return is due":   {order.Delivered, with(`{"id"`, `{"returns":[{"status":"received"}],"id"`), false},
		"returns have come to their end": {order.Delivered, with(`{"id"`, `{"returns":[{"status":"refunded"},{"status":"rejected"},{"status":"withdrawn"}],"id"`), true},
		"cancelled before it was paid":   {order.Cancelled, with(`captured","minor`, `void","minor`), true},
		"cancelled and money kept":       {order.Cancelled, sold, false},
		"cancelled and all given back":   {order.Cancelled, with(`captured","minor`, `refunded","minor`), true},
		"cancelled, and cost nothing":    {order.Cancelled, with(`900`, `0`), true},
		"expired":                        {order.Expired, with(`captured","minor`, `void","minor`), true},
	}
	for name, tc := range tests {
		l, err := lineOf([]byte(tc.line))
		if err != nil {
			t.Fatal(err)
		}
		if got := l.finished(tc.status); got != tc.want {
			t.Errorf("%s: finished is %v", name, got)
		}
	}
}
