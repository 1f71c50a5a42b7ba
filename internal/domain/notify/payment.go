package notify

import (
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"

	"tradewind/internal/platform/money"
)

var (
	neededText = template.Must(template.ParseFS(templates, "templates/needed.txt"))
	neededHTML = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/needed.html"))
)

// PaymentNeeded tells a shopper whose payment was to be made later that it could
// not be. Confirm is set if their bank wants them to confirm it, else another
// method is needed.
type PaymentNeeded struct {
	Shop    Shop
	To      string
	OrderID string
	Number  int64
	Total   money.Amount
	Confirm bool
	URL     string // of the order
}

// Message writes the mail in text and HTML.
func (p PaymentNeeded) Message(id string) (Message, error) {
	p.Shop.Name = oneLine(p.Shop.Name)
	var text, html strings.Builder
	if err := neededText.Execute(&text, p); err != nil {
		return Message{}, fmt.Errorf("write about a payment: %w", err)
	}
	if err := neededHTML.Execute(&html, p); err != nil {
		return Message{}, fmt.Errorf("write about a payment: %w", err)
	}
	return Message{ID: id, To: p.To, ReplyTo: p.Shop.Support, OrderID: p.OrderID, Subject: fmt.Sprintf("%s: order %d is not paid yet", p.Shop.Name, p.Number), Text: text.String(), HTML: html.String()}, nil
}
