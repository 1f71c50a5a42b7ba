package oidctest

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Browser keeps cookies, follows redirects one by one and fills in the
// provider's forms.
type Browser struct {
	Client *http.Client
	t      testing.TB
}

// Page is what a browser shows.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   string
}

// NewBrowser opens a browser without cookies.
func NewBrowser(t testing.TB) *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, t}
}

// Get asks for a page and follows no redirect.
func (b *Browser) Get(address string) Page {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.Do(req)
}

// Do makes a request and follows no redirect.
func (b *Browser) Do(req *http.Request) Page {
	b.t.Helper()
	res, err := b.Client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return Page{req.URL, res.StatusCode, res.Header, string(body)}
}

// Next is where a page sends the browser; nil if it does not.
func (p Page) Next() *url.URL {
	if p.Status < 300 || p.Status > 399 {
		return nil
	}
	to, err := url.Parse(p.Header.Get("Location"))
	if err != nil {
		return nil
	}
	return p.URL.ResolveReference(to)
}

var (
	formAction = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)
	formHidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// submit sends the form of a page.
func (b *Browser) submit(p Page, fields url.Values) Page {
	b.t.Helper()
	action := formAction.FindStringSubmatch(p.Body)
	if action == nil {
		b.t.Fatalf("%s has no form: %d %s", p.URL, p.Status, p.Body)
	}
	for _, f := range formHidden.FindAllStringSubmatch(p.Body, -1) {
		fields.Set(f[1], html.UnescapeString(f[2]))
	}
	to, err := url.Parse(html.UnescapeString(action[1]))
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, p.URL.ResolveReference(to).String(), strings.NewReader(fields.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.Do(req)
}

// SignIn goes through the provider's pages as somebody, from the page where
// that begins, and returns the address of ours that the provider sends the
// browser to: one that begins with back. It is not asked for yet.
func (b *Browser) SignIn(begin, as, back string) string {
	b.t.Helper()
	p := b.Get(begin)
	for range 20 {
		next := p.Next()
		switch {
		case next != nil && strings.HasPrefix(next.String(), back):
			return next.String()
		case next != nil:
			p = b.Get(next.String())
		case strings.Contains(p.Body, `name="login"`):
			p = b.submit(p, url.Values{"login": {as}, "password": {"a password"}})
		case p.Status == http.StatusOK:
			p = b.submit(p, url.Values{})
		default:
			b.t.Fatalf("%s = %d %s", p.URL, p.Status, p.Body)
		}
	}
	b.t.Fatal("signing in does not come to an end")
	return ""
}

// SignOut ends the session at the provider, on its page, and returns where that
// sends the browser.
func (b *Browser) SignOut(begin string) string {
	b.t.Helper()
	p := b.Get(begin)
	if p.Status != http.StatusOK {
		b.t.Fatalf("%s = %d %s", begin, p.Status, p.Body)
	}
	p = b.submit(p, url.Values{"logout": {"yes"}})
	if p.Next() == nil {
		b.t.Fatalf("signing out = %d %s", p.Status, p.Body)
	}
	return p.Next().String()
}
