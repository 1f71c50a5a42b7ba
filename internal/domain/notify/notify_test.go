package notify

import (
	"strings"
	"testing"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

var mug = Confirmation{
	Shop: Shop{Name: "Tea & Co"}, To: "ada@example.com", OrderID: "ord_1", Number: 1042,
	Lines:  []Line{{"Mug <b>blue</b>", "MUG-1", 2, money.Of(2598, "EUR")}},
	Sums:   []Sum{{"Shipping", money.Of(490, "EUR")}},
	Total:  money.Of(3088, "EUR"),
	ShipTo: []string{"Ada Lovelace", "St James's Square 12"},
	URL:    "https://shop.example/orders/ord_1?token=a&b",
}

func TestConfirmation(t *testing.T) {
	m, err := mug.Message("evt_1/ada")
	if err != nil {
		t.Fatal(err)
	}
	if m.ID != "evt_1/ada" || m.To != mug.To || m.OrderID != "ord_1" || m.Subject != "Tea & Co: order 1042 is paid" {
		t.Errorf("message is %+v", m)
	}
	wantText := `Thank you for your order 1042 at Tea & Co. It is paid.

2 x Mug <b>blue</b> (MUG-1): 25.98 EUR

Shipping: 4.90 EUR
Total: 30.88 EUR

It goes to:
Ada Lovelace
St James's Square 12

Your order: https://shop.example/orders/ord_1?token=a&b

`
	if m.Text != wantText {
		t.Errorf("text is\n%s\nwant\n%s", m.Text, wantText)
	}
	for _, want := range []string{"Mug &lt;b&gt;blue&lt;/b&gt;", "Tea &amp; Co", "25.98 EUR", "4.90 EUR", "30.88 EUR", "?token=a&amp;b"} {
		if !strings.Contains(m.HTML, want) {
			t.Errorf("HTML lacks %s", want)
		}
	}
	if _, err := m.Check(); err != nil {
		t.Errorf("the message cannot be sent: %v", err)
	}
}

func TestConfirmationOfHostileData(t *testing.T) {
	c := mug
	c.Shop.Name = "Shop\r\nBcc: all@example.com"
	c.Lines = []Line{{Title: "Mug\nTotal: 0.00 EUR", SKU: "X", Qty: 1, Total: money.Of(1, "EUR")}}
	c.ShipTo = []string{"<script>alert(1)</script>\nTotal: 0"}
	c.URL = "javascript:alert(1)"
	m, err := c.Message("1")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(m.Subject, "\r\n") || strings.Contains(m.Text, "\nTotal: 0") {
		t.Errorf("data became lines: %q\n%s", m.Subject, m.Text)
	}
	if strings.Contains(m.HTML, "<script>") || strings.Contains(m.HTML, `href="javascript:`) {
		t.Errorf("data became markup:\n%s", m.HTML)
	}
	if _, err := m.Check(); err != nil {
		t.Errorf("the message cannot be sent: %v", err)
	}
}

func TestCheck(t *testing.T) {
	tests := map[string]struct {
		change func(*Message)
		field  string
	}{
		"good":              {func(*Message) {}, ""},
		"named":             {func(m *Message) { m.To = "Ada Lovelace <ada@example.com>" }, ""},
		"umlauts":           {func(m *Message) { m.To, m.Subject = "Jürgen <j@bücher.example>", "Grüße" }, ""},
		"no HTML":           {func(m *Message) { m.HTML = "" }, ""},
		"no id":             {func(m *Message) { m.ID = "" }, "id"},
		"id breaks line":    {func(m *Message) { m.ID = "a\nb" }, "id"},
		"no subject":        {func(m *Message) { m.Subject = "" }, "subject"},
		"subject breaks":    {func(m *Message) { m.Subject = "a\r\nBcc: b@example.com" }, "subject"},
		"subject is binary": {func(m *Message) { m.Subject = "\xff" }, "subject"},
		"no text":           {func(m *Message) { m.Text = " \n" }, "text"},
		"no recipient":      {func(m *Message) { m.To = "" }, "to"},
		"two recipients":    {func(m *Message) { m.To = "a@example.com, b@example.com" }, "to"},
		"recipient breaks":  {func(m *Message) { m.To = "a@example.com\r\nBcc: b@example.com" }, "to"},
		"quoted recipient":  {func(m *Message) { m.To = `"a b"@example.com` }, "to"},
		"answers":           {func(m *Message) { m.ReplyTo = "help@example.com" }, ""},
		"answers to a name": {func(m *Message) { m.ReplyTo = "Help <help@example.com>" }, "reply_to"},
		"answers break":     {func(m *Message) { m.ReplyTo = "help@example.com\r\nBcc: b@example.com" }, "reply_to"},
		"no domain":         {func(m *Message) { m.To = "ada" }, "to"},
		"order breaks line": {func(m *Message) { m.OrderID = "a\x00" }, "order_id"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			m := Message{ID: "1", To: "ada@example.com", Subject: "Hi", Text: "Hello", HTML: "<p>Hello", OrderID: "ord_1"}
			tc.change(&m)
			_, err := m.Check()
			if tc.field == "" {
				if err != nil {
					t.Errorf("Check: %v", err)
				}
				return
			}
			if fault.Code(err) != "bad-message" || !strings.HasPrefix(err.Error(), "bad-message: "+tc.field+":") {
				t.Errorf("Check: %v, want one about %s", err, tc.field)
			}
		})
	}
}
