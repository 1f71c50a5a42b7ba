package mailfolder

import (
	"bytes"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/mailertest"
	"tradewind/internal/domain/notify"
	"tradewind/internal/platform/fault"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := Open(Config{Dir: dir, From: "Töpferei <shop@example.com>"})
	if err != nil {
		t.Fatal(err)
	}
	f.Now = func() time.Time { return noon }
	return f
}

func TestConformance(t *testing.T) {
	mailertest.Run(t, func(t *testing.T) mailertest.Fixture {
		dir := filepath.Join(t.TempDir(), "mail")
		f := open(t, dir)
		return mailertest.Fixture{
			Mailer: f,
			Reopen: func(t *testing.T) notify.Mailer { return open(t, dir) },
			Arrived: func(t *testing.T) []notify.Message {
				sent, err := f.List(1000)
				if err != nil {
					t.Fatal(err)
				}
				var out []notify.Message
				for _, s := range sent {
					if !s.At.Equal(noon) {
						t.Errorf("message %s is dated %v", s.ID, s.At)
					}
					out = append(out, s.Message)
				}
				return out
			},
		}
	})
}

func TestFileIsAMailOfShortLines(t *testing.T) {
	m := notify.Message{ID: "1", To: strings.Repeat("ö", 100) + " <ada@example.com>", Subject: strings.Repeat("Größe ", 60), Text: strings.Repeat("x", 5000), HTML: strings.Repeat("<p>ü", 1000)}
	f := open(t, t.TempDir())
	if err := f.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(f.dir, fileName("1")))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.SplitSeq(data, []byte("\r\n")) {
		if len(line) > 998 { // RFC 5322, 2.1.1
			t.Errorf("a line has %d bytes", len(line))
		}
		if bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a line ends without CRLF: %q", line)
		}
	}
	msg, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if from, err := mail.ParseAddress(msg.Header.Get("From")); err != nil || from.Name != "Töpferei" {
		t.Errorf("From is %v, %v", from, err)
	}
	if id := msg.Header.Get("Message-Id"); !strings.HasSuffix(id, "@example.com>") {
		t.Errorf("Message-ID is %s", id)
	}
}

func TestListIsNewestFirst(t *testing.T) {
	f := open(t, t.TempDir())
	for i := range 5 {
		id := fmt.Sprint(i)
		if err := f.Send(t.Context(), notify.Message{ID: id, To: "ada@example.com", Subject: "Hi", Text: "Hello"}); err != nil {
			t.Fatal(err)
		}
		at := noon.Add(time.Duration(i) * time.Second)
		if err := os.Chtimes(filepath.Join(f.dir, fileName(id)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	os.WriteFile(filepath.Join(f.dir, "notes.txt"), nil, 0o600)
	for n, want := range map[int]string{3: "4 3 2", 99: "4 3 2 1 0", 0: "", -1: ""} {
		sent, err := f.List(n)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, s := range sent {
			ids = append(ids, s.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("List(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestFolderThatIsGone(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "mail"))
	os.RemoveAll(f.dir)
	m := notify.Message{ID: "1", To: "ada@example.com", Subject: "Hi", Text: "Hello"}
	if err := f.Send(t.Context(), m); fault.KindOf(err) != fault.Unavailable || strings.Contains(err.(*fault.Error).Detail, f.dir) {
		t.Errorf("Send: %v, want unavailable without the folder's name", err)
	}
	if _, err := f.List(1); err == nil {
		t.Error("List of a folder that is gone works")
	}
}

func TestHalfWrittenMailIsRemoved(t *testing.T) {
	dir := t.TempDir()
	old, young := filepath.Join(dir, unfinished+"1"), filepath.Join(dir, unfinished+"2")
	for _, p := range []string{old, young} {
		if err := os.WriteFile(p, []byte("To: "), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * time.Hour)
	os.Chtimes(old, long, long)
	f := open(t, dir)
	if sent, err := f.List(10); err != nil || len(sent) != 0 {
		t.Errorf("List = %v, %v, want nothing", sent, err)
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 1 || left[0].Name() != filepath.Base(young) {
		t.Errorf("left are %v, want the young one", left)
	}
}

func TestConfig(t *testing.T) {
	for c, want := range map[Config]string{
		{Dir: "m", From: "a@example.com"}: "", {From: "a@example.com"}: "mailfolder.dir", {Dir: "m"}: "mailfolder.from", {Dir: "m", From: "shop"}: "mailfolder.from",
	} {
		err := c.Validate()
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("Validate(%+v) = %v, want one that names %q", c, err, want)
		}
	}
	if _, err := Open(Config{Dir: "/dev/null/x", From: "a@example.com"}); err == nil || !strings.Contains(err.Error(), "mailfolder.dir") {
		t.Errorf("Open: %v, want an error that names the setting", err)
	}
}

// FuzzNoHeaderInjection reads every mail that is accepted back with net/mail:
// it has exactly our headers, one recipient, and says what was sent.
func FuzzNoHeaderInjection(f *testing.F) {
	f.Add("1", "ada@example.com", "Hi", "Hello", "<p>Hello", "ord_1")
	f.Add("1", "a@example.com\r\nBcc: b@example.com", "x\r\n\r\nbody", "\r\n.\r\n", "", "\r\nX: y")
	f.Add("=?utf-8?q?a?=", `"x\" , y" <a@example.com>`, "=?utf-8?q?=0D=0ABcc:?=", "--\n", "--x--", "\u2028")
	from := &mail.Address{Address: "shop@example.com"}
	f.Fuzz(func(t *testing.T, id, to, subject, text, html, order string) {
		m := notify.Message{ID: id, To: to, Subject: subject, Text: text, HTML: html, OrderID: order}
		rcpt, err := m.Check()
		if err != nil {
			if fault.Code(err) != "bad-message" {
				t.Errorf("error %v has no code", err)
			}
			return
		}
		eml, err := encode(m, from, rcpt, noon)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := mail.ReadMessage(bytes.NewReader(eml))
		if err != nil {
			t.Fatalf("%q cannot be read: %v", eml, err)
		}
		ours := map[string]bool{"From": true, "To": true, "Subject": true, "Date": true, "Message-Id": true, "Mime-Version": true,
			"Content-Type": true, "Content-Transfer-Encoding": true, idHeader: true, orderHeader: true}
		for name, values := range raw.Header {
			if !ours[name] || len(values) != 1 {
				t.Errorf("header %s: %q is not ours", name, values)
			}
		}
		if all, err := mail.ParseAddressList(raw.Header.Get("To")); err != nil || len(all) != 1 || all[0].Address != rcpt.Address {
			t.Errorf("recipients are %v, %v, want %s", all, err, rcpt.Address)
		}
		got, err := decode(bytes.NewReader(eml))
		if err != nil || got.ID != id || got.Subject != subject || got.OrderID != order {
			t.Errorf("read back %+v, %v, want %+v", got, err, m)
		}
	})
}
