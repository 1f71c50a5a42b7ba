package notify

import (
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
	"time"

	"tradewind/internal/platform/money"
)

var (
	linksText = template.Must(template.ParseFS(templates, "templates/links.txt"))
	linksHTML = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/links.html"))
)

// OrderLinks is what somebody gets who lost the links to their orders. Account
// is where orders of an account are to be seen, "" if there are none.
type OrderLinks struct {
	Shop    Shop
	To      string
	Orders  []OrderLink
	Account string
}

// OrderLink leads to one order.
type OrderLink struct {
	Number int64
	Total  money.Amount
	Placed time.Time
	URL    string
}

// Message writes the mail in text and HTML.
func (l OrderLinks) Message(id string) (Message, error) {
	l.Shop.Name = oneLine(l.Shop.Name)
	var text, html strings.Builder
	if err := linksText.Execute(&text, l); err != nil {
		return Message{}, fmt.Errorf("write links to orders: %w", err)
	}
	if err := linksHTML.Execute(&html, l); err != nil {
		return Message{}, fmt.Errorf("write links to orders: %w", err)
	}
	return Message{ID: id, To: l.To, ReplyTo: l.Shop.Support, Subject: l.Shop.Name + ": your orders", Text: text.String(), HTML: html.String()}, nil
}
