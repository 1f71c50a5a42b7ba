package notify

import (
	"strings"
	"testing"

	"tradewind/internal/platform/money"
)

func TestAPaymentThatNeedsItsShopper(t *testing.T) {
	p := PaymentNeeded{Shop: Shop{"Tea & Co\r\nBcc: all@example.com", "help@tea.example"}, To: "ada@example.com", OrderID: "o1", Number: 1042, Total: money.Of(3088, "EUR"),
		URL: "https://shop.example/orders/o1#token=a.b"}
	for confirm, want := range map[bool]string{true: "wants you to confirm the payment of 30.88 EUR", false: "the payment of 30.88 EUR was declined"} {
		p.Confirm = confirm
		m, err := p.Message("1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Check(); err != nil {
			t.Errorf("it cannot be sent: %v", err)
		}
		for _, in := range []string{m.Text, m.HTML} {
			if !strings.Contains(in, want) || !strings.Contains(in, p.URL) || !strings.Contains(in, "nothing has been charged") {
				t.Errorf("with confirm %v:\n%s", confirm, in)
			}
		}
		if m.OrderID != "o1" || m.ReplyTo != "help@tea.example" || !strings.Contains(m.Subject, "order 1042 is not paid yet") || strings.Contains(m.Text, "\nBcc") {
			t.Errorf("%+v", m)
		}
	}
}
