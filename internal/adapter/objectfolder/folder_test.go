package objectfolder

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/objecttest"
	"tradewind/internal/domain/object"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
)

func open(t *testing.T, dir string) (*Folder, *httptest.Server) {
	t.Helper()
	tokens, err := token.NewMaker(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(Config{Dir: dir}, tokens, "", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(f)
	f.base = web.URL
	t.Cleanup(func() { web.Close(); f.Close() })
	return f, web
}

func TestConformance(t *testing.T) {
	objecttest.Run(t, func(t *testing.T) objecttest.Fixture {
		f, _ := open(t, t.TempDir())
		return objecttest.Fixture{Store: f, Large: 3 << 20, Later: func(d time.Duration) { f.Now = func() time.Time { return time.Now().Add(d) } }}
	})
}

func TestFilesThatWereChangedAreNotServed(t *testing.T) {
	dir := t.TempDir()
	f, _ := open(t, dir)
	path := filepath.Join(dir, "objects", "a")
	for name, change := range map[string]func(data []byte) []byte{
		"a byte":       func(data []byte) []byte { data[len(data)-1] ^= 1; return data },
		"the end":      func(data []byte) []byte { return data[:len(data)-1] },
		"more":         func(data []byte) []byte { return append(data, 'x') },
		"the header":   func(data []byte) []byte { data[0] = 'x'; return data },
		"all of it":    func([]byte) []byte { return nil },
		"the checksum": func(data []byte) []byte { return bytes.Replace(data, []byte(`"sha256":"`), []byte(`"sha256":"zz`), 1) },
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := f.Put(t.Context(), "a", strings.NewReader("hello"), object.Put{}); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(data), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, err := objecttest.Read(t.Context(), f, "a", object.Range{}); fault.Code(err) != "object-damaged" {
				t.Errorf("%v, want object-damaged", err)
			}
		})
	}
}

func TestALinkIsNoWayOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	f, _ := open(t, dir)
	if err := os.Symlink(outside, filepath.Join(dir, "objects", "out~")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Put(t.Context(), "out/a", strings.NewReader("x"), object.Put{}); err == nil {
		t.Error("it was written through the link")
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
		t.Errorf("outside there is %v, %v", left, err)
	}
}

func TestWhatAKilledProcessLeftIsSwept(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	old, young := filepath.Join(dir, "unfinished", "OLD"), filepath.Join(dir, "unfinished", "YOUNG")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	f, _ := open(t, dir)
	if left, err := os.ReadDir(filepath.Join(dir, "unfinished")); err != nil || len(left) != 1 || left[0].Name() != "YOUNG" {
		t.Errorf("there is %v, %v", left, err)
	}
	if page, err := f.List(t.Context(), "", "", 10); err != nil || len(page.Objects) != 0 {
		t.Errorf("half an object is listed: %v, %v", page, err)
	}
}

func TestAnUploadByAddressIsBoundedAndNeverAPage(t *testing.T) {
	f, _ := open(t, t.TempDir())
	send := func(size int, kind string) int {
		up, err := f.UploadURL(t.Context(), "incoming/a", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), up.Method, up.URL, bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := send(1<<20+1, "image/png"); got != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", got)
	}
	if _, err := f.Head(t.Context(), "incoming/a"); fault.Code(err) != "object-not-found" {
		t.Errorf("Head: %v, want object-not-found", err)
	}
	if got := send(100, "text/html"); got != http.StatusOK {
		t.Errorf("as large as allowed: %d", got)
	}
	down, err := f.DownloadURL(t.Context(), "incoming/a", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(down.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if h := resp.Header; h.Get("Content-Disposition") != "attachment" || h.Get("Content-Security-Policy") != "sandbox" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers are %v", h)
	}
}
