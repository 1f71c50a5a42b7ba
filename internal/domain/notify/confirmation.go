package notify

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
	"unicode"

	"tradewind/internal/platform/money"
)

//go:embed templates
var templates embed.FS

var (
	confirmationText = template.Must(template.ParseFS(templates, "templates/confirmation.txt"))
	confirmationHTML = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/confirmation.html"))
)

// Confirmation is what a shopper is told about an order that was paid.
type Confirmation struct {
	Shop    Shop
	To      string // e-mail address
	OrderID string
	Number  int64
	Lines   []Line
	Sums    []Sum // what leads from the lines to the total: discount, shipping, tax
	Total   money.Amount
	ShipTo  []string // the address, line by line
	URL     string   // where the order can be seen; may be ""
}

// Line is an ordered article; Total is for all Qty of it.
type Line struct {
	Title, SKU string
	Qty        int64
	Total      money.Amount
}

// Sum is a named part of the total.
type Sum struct {
	Label  string
	Amount money.Amount
}

// Message writes the confirmation. id is the message's ID.
func (c Confirmation) Message(id string) (Message, error) {
	m := Message{ID: id, To: c.To, ReplyTo: c.Shop.Support, OrderID: c.OrderID, Subject: fmt.Sprintf("%s: order %d is paid", oneLine(c.Shop.Name), c.Number)}
	var text, html strings.Builder
	if err := confirmationText.Execute(&text, c.onOneLine()); err != nil {
		return Message{}, fmt.Errorf("write confirmation of %s: %w", c.OrderID, err)
	}
	if err := confirmationHTML.Execute(&html, c); err != nil {
		return Message{}, fmt.Errorf("write confirmation of %s: %w", c.OrderID, err)
	}
	m.Text, m.HTML = text.String(), html.String()
	return m, nil
}

// onOneLine keeps what others wrote from passing for lines of the text version.
func (c Confirmation) onOneLine() Confirmation {
	c.Shop.Name = oneLine(c.Shop.Name)
	lines := make([]Line, len(c.Lines))
	for i, l := range c.Lines {
		l.Title, l.SKU = oneLine(l.Title), oneLine(l.SKU)
		lines[i] = l
	}
	address := make([]string, len(c.ShipTo))
	for i, l := range c.ShipTo {
		address[i] = oneLine(l)
	}
	c.Lines, c.ShipTo = lines, address
	return c
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
}
