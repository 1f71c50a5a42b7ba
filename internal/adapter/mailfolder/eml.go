package mailfolder

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode/utf8"

	"tradewind/internal/domain/notify"
)

// The headers of ours that decode reads back.
const (
	idHeader    = "X-Tradewind-Message"
	orderHeader = "X-Tradewind-Order"
)

// encode writes m as a MIME message in quoted-printable UTF-8. The HTML comes
// last: RFC 2046, 5.1.4, wants the richest version there.
func encode(m notify.Message, from, to *mail.Address, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&out, "%s: %s\r\n", name, value) }
	header("From", fold(from.String()))
	header("To", fold(to.String()))
	if m.ReplyTo != "" {
		header("Reply-To", (&mail.Address{Address: m.ReplyTo}).String())
	}
	header("Subject", word(m.Subject))
	header("Date", at.UTC().Format(time.RFC1123Z))
	_, domain, _ := strings.Cut(from.Address, "@")
	header("Message-ID", "<"+digest(m.ID)+"@"+domain+">")
	header(idHeader, word(m.ID))
	if m.OrderID != "" {
		header(orderHeader, word(m.OrderID))
	}
	header("MIME-Version", "1.0")
	var err error
	if m.HTML == "" {
		header("Content-Type", "text/plain; charset=utf-8")
		header("Content-Transfer-Encoding", "quoted-printable")
		out.WriteString("\r\n")
		err = quote(&out, m.Text)
	} else {
		parts := multipart.NewWriter(&out)
		header("Content-Type", "multipart/alternative; boundary="+parts.Boundary())
		out.WriteString("\r\n")
		err = writeParts(parts, m)
	}
	return out.Bytes(), err
}

func writeParts(parts *multipart.Writer, m notify.Message) error {
	for _, p := range []struct{ kind, body string }{{"text/plain", m.Text}, {"text/html", m.HTML}} {
		w, err := parts.CreatePart(textproto.MIMEHeader{
			"Content-Type":              {p.kind + "; charset=utf-8"},
			"Content-Transfer-Encoding": {"quoted-printable"},
		})
		if err != nil {
			return err
		}
		if err := quote(w, p.body); err != nil {
			return err
		}
	}
	return parts.Close()
}

func quote(w io.Writer, body string) error {
	q := quotedprintable.NewWriter(w)
	if _, err := io.WriteString(q, body); err != nil {
		return err
	}
	return q.Close()
}

// word encodes header text as RFC 2047 words of at most 75 characters, one a
// line, unless it is short and plain and cannot be taken for such words.
func word(s string) string {
	simple := len(s) <= 70 && strings.TrimSpace(s) == s && !strings.Contains(s, "=?")
	for i := range len(s) {
		simple = simple && s[i] >= ' ' && s[i] <= '~'
	}
	if simple {
		return s
	}
	const most = 45 // bytes that make 60 of base64
	var words []string
	for len(s) > 0 {
		n := min(len(s), most)
		for n < len(s) && !utf8.RuneStart(s[n]) {
			n--
		}
		words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, "\r\n ")
}

// fold breaks lines between the encoded words of an address.
func fold(address string) string { return strings.ReplaceAll(address, "?= =?", "?=\r\n =?") }

// decode reads a message that encode wrote.
func decode(r io.Reader) (Sent, error) {
	raw, err := mail.ReadMessage(r)
	if err != nil {
		return Sent{}, err
	}
	var s Sent
	words := new(mime.WordDecoder)
	for name, into := range map[string]*string{"Subject": &s.Subject, idHeader: &s.ID, orderHeader: &s.OrderID} {
		if *into, err = words.DecodeHeader(raw.Header.Get(name)); err != nil {
			return Sent{}, fmt.Errorf("header %s: %w", name, err)
		}
	}
	to, err := mail.ParseAddress(raw.Header.Get("To"))
	if err != nil {
		return Sent{}, fmt.Errorf("header To: %w", err)
	}
	s.To = to.Address
	if to.Name != "" {
		s.To = to.String()
	}
	if answers := raw.Header.Get("Reply-To"); answers != "" {
		a, err := mail.ParseAddress(answers)
		if err != nil {
			return Sent{}, fmt.Errorf("header Reply-To: %w", err)
		}
		s.ReplyTo = a.Address
	}
	if s.At, err = raw.Header.Date(); err != nil {
		return Sent{}, fmt.Errorf("header Date: %w", err)
	}
	kind, params, err := mime.ParseMediaType(raw.Header.Get("Content-Type"))
	if err != nil {
		return Sent{}, fmt.Errorf("header Content-Type: %w", err)
	}
	if kind == "text/plain" {
		s.Text, err = unquote(quotedprintable.NewReader(raw.Body))
		return s, err
	}
	parts := multipart.NewReader(raw.Body, params["boundary"])
	for _, into := range []*string{&s.Text, &s.HTML} {
		p, err := parts.NextPart() // takes off the quoted-printable by itself
		if err != nil {
			return Sent{}, err
		}
		if *into, err = unquote(p); err != nil {
			return Sent{}, err
		}
	}
	return s, nil
}

// unquote gives lines the ends that they had before they were sent.
func unquote(r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	return strings.ReplaceAll(string(b), "\r\n", "\n"), err
}
