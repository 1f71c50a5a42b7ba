package notify

import (
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
)

var (
	accountText = template.Must(template.ParseFS(templates, "templates/account.txt"))
	accountHTML = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/account.html"))
)

// Account is what somebody is told about their account. About is one of the
// keys of accountWords; URL is a link, or "".
type Account struct {
	Shop       Shop
	To, Name   string
	About, URL string
}

// words are what a mail about accounts says, before and after its link.
type words struct{ Subject, Before, After string }

var accountWords = map[string]words{
	"verify": {"confirm your address", "Somebody, you we hope, opened an account with this address. To confirm it, follow this link within two days; you will need the password that was chosen.",
		"If it was not you, do nothing: without the password the account stays shut."},
	"known": {"you have an account already", "Somebody, perhaps you, wanted to open an account with this address or to move one to it. There is one already: sign in, or ask for a new password if you forgot yours.",
		"If it was not you, do nothing."},
	"reset":         {"choose a new password", "To choose a new password, follow this link within an hour. It works once.", "If you did not ask for it, do nothing: your password stays what it is."},
	"change-email":  {"confirm your new address", "To move your account to this address, follow this link within a day. It works once.", "If you did not ask for it, do nothing."},
	"email-changed": {"your address was changed", "Your account has another e-mail address now and this one does not open it any more.", "If it was not you, write to us at once."},
	"password":      {"your password was changed", "Your password was changed and you were signed out elsewhere.", "If it was not you, ask for a new one at once."},
}

// Message writes the mail in text and HTML.
func (a Account) Message(id string) (Message, error) {
	w, ok := accountWords[a.About]
	if !ok {
		return Message{}, fmt.Errorf("there is no mail about %q", a.About)
	}
	a.Shop.Name, a.Name = oneLine(a.Shop.Name), oneLine(a.Name)
	page := struct {
		Account
		words
	}{a, w}
	var text, html strings.Builder
	if err := accountText.Execute(&text, page); err != nil {
		return Message{}, fmt.Errorf("write mail about %s: %w", a.About, err)
	}
	if err := accountHTML.Execute(&html, page); err != nil {
		return Message{}, fmt.Errorf("write mail about %s: %w", a.About, err)
	}
	return Message{ID: id, To: a.To, ReplyTo: a.Shop.Support, Subject: a.Shop.Name + ": " + w.Subject, Text: text.String(), HTML: html.String()}, nil
}
