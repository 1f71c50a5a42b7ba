package notify

import (
	"strings"
	"testing"
)

func TestMailsAboutAccounts(t *testing.T) {
	const url = "https://shop.example/account/reset#token=a_b-c"
	for about := range accountWords {
		m, err := Account{Shop: Shop{"Tea & Co", "help@tea.example"}, To: "ada@example.com", Name: "Ada", About: about, URL: url}.Message("1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Check(); err != nil {
			t.Errorf("%s cannot be sent: %v", about, err)
		}
		if !strings.Contains(m.Text, url) || !strings.Contains(m.HTML, `href="`+url+`"`) || !strings.Contains(m.HTML, "Tea &amp; Co") || !strings.HasPrefix(m.Subject, "Tea & Co: ") ||
			m.ReplyTo != "help@tea.example" || !strings.HasSuffix(m.Text, "\nTea & Co\nhelp@tea.example\n") || !strings.Contains(m.HTML, "mailto:help@tea.example") {
			t.Errorf("%s: %+v", about, m)
		}
	}
	if _, err := (Account{About: "nonsense"}).Message("1"); err == nil {
		t.Error("a mail about nonsense is written")
	}
}

func TestAMailAboutAnAccountOfHostileData(t *testing.T) {
	m, err := Account{Shop: Shop{Name: "Shop\r\nBcc: all@example.com"}, To: "ada@example.com", Name: "Ada\nYour code: 1 <script>", About: "known", URL: "javascript:alert(1)"}.Message("1")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(m.Subject, "\r\n") || strings.Contains(m.Text, "\nYour code") || strings.Contains(m.HTML, "<script>") || strings.Contains(m.HTML, `href="javascript:`) {
		t.Errorf("data became lines or markup: %q\n%s\n%s", m.Subject, m.Text, m.HTML)
	}
}
