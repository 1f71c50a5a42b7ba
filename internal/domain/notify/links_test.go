package notify

import (
	"strings"
	"testing"
	"time"

	"tradewind/internal/platform/money"
)

func TestLinksToOrdersInAMail(t *testing.T) {
	l := OrderLinks{Shop: Shop{"Tea & Co\r\nBcc: all@example.com", "help@tea.example"}, To: "ada@example.com", Orders: []OrderLink{
		{1042, money.Of(3088, "EUR"), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), "https://shop.example/orders/1#token=a.b"},
		{1043, money.Of(100, "EUR"), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), "javascript:alert(1)"}}}
	m, err := l.Message("1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Check(); err != nil {
		t.Errorf("it cannot be sent: %v", err)
	}
	if !strings.Contains(m.Text, "Order 1042 of 1 March 2026, 30.88 EUR:\nhttps://shop.example/orders/1#token=a.b\n") || !strings.Contains(m.HTML, `href="https://shop.example/orders/1#token=a.b"`) ||
		m.ReplyTo != "help@tea.example" || strings.Contains(m.HTML, `href="javascript`) || strings.Contains(m.Text, "\nBcc") || strings.Contains(m.Text, "signing in") {
		t.Errorf("%q\n%s\n%s", m.Subject, m.Text, m.HTML)
	}
	if m, err := (OrderLinks{Shop: l.Shop, To: l.To, Account: "https://shop.example/account/orders"}).Message("1"); err != nil || strings.Contains(m.Text, "30 days") || !strings.Contains(m.Text, "signing in: https://shop.example/account/orders\n") {
		t.Errorf("%v\n%s", err, m.Text)
	}
}
