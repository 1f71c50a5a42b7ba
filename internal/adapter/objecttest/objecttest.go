// Package objecttest is the conformance suite of object.Store: what the shop
// relies on, wherever its files are. It imports object and fault.
package objecttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"tradewind/internal/domain/object"
	"tradewind/internal/platform/fault"
)

// Fixture is an empty store and a way to let time pass for its signed URLs.
type Fixture struct {
	Store object.Store
	Later func(d time.Duration)
	Large int64 // a size that the store does not take in one piece
}

// Run tests a store. open makes one that is empty.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	for name, test := range map[string]func(t *testing.T, f Fixture){
		"comes back as it was put":           comesBack,
		"a part is that part":                parts,
		"what is replaced is whole":          replaced,
		"one of many is first":               firstWins,
		"a body that fails puts nothing":     failingBody,
		"what is deleted is gone":            deleted,
		"lists by key, page by page":         listed,
		"keys that lead elsewhere":           badKeys,
		"nobody waits, nothing is done":      cancelled,
		"a signed address does one thing":    signedOnce,
		"a signed address ends":              signedEnds,
		"a large object in the same manners": large,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Read reads all of an object.
func Read(ctx context.Context, s object.Store, key string, part object.Range) (object.Info, []byte, error) {
	info, body, err := s.Get(ctx, key, part)
	if err != nil {
		return info, nil, err
	}
	data, err := io.ReadAll(body)
	return info, data, errors.Join(err, body.Close())
}

func put(t *testing.T, s object.Store, key string, data []byte) object.Info {
	t.Helper()
	// A reader that is nothing but a reader: a store cannot count on more.
	info, err := s.Put(t.Context(), key, io.MultiReader(bytes.NewReader(data)), object.Put{ContentType: "image/png", CacheControl: "public, max-age=60"})
	if err != nil {
		t.Fatalf("Put(%q): %v", key, err)
	}
	return info
}

// Bytes are n bytes without a pattern, the same every time.
func Bytes(n int64) []byte {
	source := rand.NewChaCha8([32]byte{byte(n)})
	out := make([]byte, n)
	_, _ = source.Read(out) // never fails
	return out
}

func comesBack(t *testing.T, f Fixture) {
	for i, key := range []string{"a", "a/b.jpg", "a/b/c", "Ein Hut.PNG", "ein hut.png", "50% off?#x", "größe/ß", "a+b&c=d;e", "tilde~", ".hidden", "...", "con", strings.Repeat("x", object.MaxSegment)} {
		data := Bytes(int64(i * 5000))
		before := put(t, f.Store, key, data)
		info, got, err := Read(t.Context(), f.Store, key, object.Range{})
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("Get(%q): %d bytes of %d, %v", key, len(got), len(data), err)
		}
		head, err := f.Store.Head(t.Context(), key)
		if err != nil || head != info || head.ETag != before.ETag {
			t.Errorf("Head(%q) = %+v, %v; Get says %+v, Put said %+v", key, head, err, info, before)
		}
		if info.Key != key || info.Size != int64(len(data)) || info.ContentType != "image/png" || info.CacheControl != "public, max-age=60" || info.ETag == "" || info.ModifiedAt.IsZero() {
			t.Errorf("%q is described as %+v", key, info)
		}
	}
}

func parts(t *testing.T, f Fixture) {
	put(t, f.Store, "film", []byte("0123456789"))
	for part, want := range map[object.Range]string{{Offset: 2, Length: 3}: "234", {Offset: 7}: "789", {Offset: 8, Length: 100}: "89", {Length: 1}: "0", {Offset: 9, Length: 1}: "9", {Length: 10}: "0123456789"} {
		if info, got, err := Read(t.Context(), f.Store, "film", part); err != nil || string(got) != want || info.Size != 10 {
			t.Errorf("%+v is %q of %d, %v; want %q", part, got, info.Size, err, want)
		}
	}
	for _, part := range []object.Range{{Offset: 10}, {Offset: 99, Length: 1}, {Offset: -1}} {
		if _, _, err := Read(t.Context(), f.Store, "film", part); fault.Code(err) != "object-range-invalid" {
			t.Errorf("%+v: %v, want object-range-invalid", part, err)
		}
	}
}

func replaced(t *testing.T, f Fixture) {
	old, next := bytes.Repeat([]byte("old "), 20_000), bytes.Repeat([]byte("next"), 30_000)
	first := put(t, f.Store, "k", old)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				if _, got, err := Read(t.Context(), f.Store, "k", object.Range{}); err != nil || !bytes.Equal(got, old) && !bytes.Equal(got, next) {
					t.Errorf("read %d bytes, %v", len(got), err)
				}
			}
		})
	}
	for range 5 {
		put(t, f.Store, "k", next)
		put(t, f.Store, "k", old)
	}
	all.Wait()
	if last := put(t, f.Store, "k", next); last.ETag == first.ETag {
		t.Error("other bytes have the same tag")
	}
}

func firstWins(t *testing.T, f Fixture) {
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, err := f.Store.Put(t.Context(), "once", strings.NewReader(fmt.Sprint("writer ", i)), object.Put{IfNew: true})
			switch {
			case err == nil:
				won.Add(1)
			case fault.Code(err) != "object-exists":
				t.Errorf("writer %d: %v, want object-exists", i, err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d writers were first", won.Load())
	}
}

func failingBody(t *testing.T, f Fixture) {
	broken := errors.New("the sender left")
	body := func(n int64) io.Reader {
		return io.MultiReader(bytes.NewReader(Bytes(n)), iotest.ErrReader(broken))
	}
	for _, n := range []int64{0, 1000, f.Large} {
		if _, err := f.Store.Put(t.Context(), "new", body(n), object.Put{}); !errors.Is(err, broken) {
			t.Errorf("Put: %v, want the sender's error", err)
		}
	}
	if _, err := f.Store.Head(t.Context(), "new"); fault.Code(err) != "object-not-found" {
		t.Errorf("Head: %v, want object-not-found", err)
	}
	put(t, f.Store, "old", []byte("kept"))
	if _, err := f.Store.Put(t.Context(), "old", body(3), object.Put{}); !errors.Is(err, broken) {
		t.Errorf("Put: %v, want the sender's error", err)
	}
	if _, got, err := Read(t.Context(), f.Store, "old", object.Range{}); err != nil || string(got) != "kept" {
		t.Errorf("what was there is now %q, %v", got, err)
	}
}

func deleted(t *testing.T, f Fixture) {
	put(t, f.Store, "a/b", []byte("x"))
	for range 2 {
		if err := f.Store.Delete(t.Context(), "a/b"); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
	if _, _, err := f.Store.Get(t.Context(), "a/b", object.Range{}); fault.Code(err) != "object-not-found" || fault.KindOf(err) != fault.NotFound {
		t.Errorf("Get: %v, want object-not-found", err)
	}
	if _, err := f.Store.Head(t.Context(), "a"); fault.Code(err) != "object-not-found" {
		t.Errorf("Head of what is only above: %v, want object-not-found", err)
	}
}

func listed(t *testing.T, f Fixture) {
	keys := []string{"a", "a b", "a!", "a-b", "a.b", "a/", "a0", "b/c/d", "b/c", "b/ca", "b/", "ö"}
	for i, key := range keys {
		keys[i] = strings.TrimSuffix(key, "/") + map[bool]string{true: "/x/y", false: ""}[strings.HasSuffix(key, "/")]
		put(t, f.Store, keys[i], []byte("12"))
	}
	slices.Sort(keys)
	all := func(prefix, start string, limit int) (out []string) {
		for range len(keys) + 1 {
			page, err := f.Store.List(t.Context(), prefix, start, limit)
			if err != nil || len(page.Objects) > limit {
				t.Fatalf("%d objects, %v", len(page.Objects), err)
			}
			for _, o := range page.Objects {
				if o.Size != 2 || o.ModifiedAt.IsZero() {
					t.Errorf("%s is described as %+v", o.Key, o)
				}
				out = append(out, o.Key)
			}
			if start = page.Next; start == "" {
				return out
			}
		}
		t.Fatal("the list does not end")
		return nil
	}
	for _, prefix := range []string{"", "a", "a/", "b/c", "b/c/", "c", "ö"} {
		for _, limit := range []int{1, 3, 1000} {
			var want []string
			for _, key := range keys {
				if strings.HasPrefix(key, prefix) {
					want = append(want, key)
				}
			}
			if got := all(prefix, "", limit); !slices.Equal(got, want) {
				t.Errorf("%q by %d: %q, want %q", prefix, limit, got, want)
			}
		}
	}
	for i, start := range keys {
		if got := all("", start, 2); !slices.Equal(got, keys[i:]) {
			t.Errorf("from %q on: %q, want %q", start, got, keys[i:])
		}
	}
	if got := all("", "a/zzz", 9); !slices.Equal(got, keys[slices.Index(keys, "a/x/y")+1:]) {
		t.Errorf("from a key on that is not there: %q", got)
	}
}

func badKeys(t *testing.T, f Fixture) {
	for _, key := range []string{"", "/etc/passwd", "../a", "a/../../b", "a//b", "a/", "a\x00b", "a\\b", strings.Repeat("x", 81)} {
		_, put := f.Store.Put(t.Context(), key, strings.NewReader("x"), object.Put{})
		_, _, get := f.Store.Get(t.Context(), key, object.Range{})
		_, head := f.Store.Head(t.Context(), key)
		_, up := f.Store.UploadURL(t.Context(), key, time.Minute)
		_, down := f.Store.DownloadURL(t.Context(), key, time.Minute)
		for i, err := range []error{put, get, head, f.Store.Delete(t.Context(), key), up, down} {
			if fault.Code(err) != "object-key-invalid" {
				t.Errorf("%d of %q: %v, want object-key-invalid", i, key, err)
			}
		}
	}
	if page, err := f.Store.List(t.Context(), "../", "", 10); err != nil || len(page.Objects) != 0 {
		t.Errorf("List: %v, %v", page, err)
	}
}

func cancelled(t *testing.T, f Fixture) {
	put(t, f.Store, "a", []byte("x"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, put := f.Store.Put(ctx, "b", strings.NewReader("x"), object.Put{})
	_, _, get := f.Store.Get(ctx, "a", object.Range{})
	_, head := f.Store.Head(ctx, "a")
	_, list := f.Store.List(ctx, "", "", 10)
	for i, err := range []error{put, get, head, list, f.Store.Delete(ctx, "a")} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%d: %v, want canceled", i, err)
		}
	}
	if page, err := f.Store.List(t.Context(), "", "", 10); err != nil || len(page.Objects) != 1 {
		t.Errorf("there are %v, %v", page.Objects, err)
	}
}

// use does what a signed URL is for, or something else with method or url set.
func use(t *testing.T, s object.SignedURL, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), s.Method, s.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = s.Header.Clone()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data)
}

func signedOnce(t *testing.T, f Fixture) {
	for _, key := range []string{"incoming/a", "incoming/50% größe?#"} {
		up, err := f.Store.UploadURL(t.Context(), key, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		down, err := f.Store.DownloadURL(t.Context(), key, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := use(t, up, "hello"); status != http.StatusOK {
			t.Errorf("upload of %q: %d", key, status)
		}
		if status, body := use(t, down, ""); status != http.StatusOK || body != "hello" {
			t.Errorf("download of %q: %d %q", key, status, body)
		}
		if _, got, err := Read(t.Context(), f.Store, key, object.Range{}); err != nil || string(got) != "hello" {
			t.Errorf("%q holds %q, %v", key, got, err)
		}
		other := up
		other.URL = strings.Replace(up.URL, "incoming", "pictures", 1)
		read, write := up, down
		read.Method, write.Method = http.MethodGet, http.MethodPut
		for i, s := range []object.SignedURL{other, read, write} {
			if status, _ := use(t, s, "other"); status < 400 {
				t.Errorf("%d: misuse of the address of %q: %d", i, key, status)
			}
		}
	}
	if page, err := f.Store.List(t.Context(), "pictures", "", 10); err != nil || len(page.Objects) != 0 {
		t.Errorf("there are %v, %v", page.Objects, err)
	}
}

func signedEnds(t *testing.T, f Fixture) {
	up, err := f.Store.UploadURL(t.Context(), "a", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	down, err := f.Store.DownloadURL(t.Context(), "a", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	f.Later(61 * time.Second)
	for _, s := range []object.SignedURL{up, down} {
		if status, _ := use(t, s, "x"); status < 400 {
			t.Errorf("%s after its time: %d", s.Method, status)
		}
	}
}

func large(t *testing.T, f Fixture) {
	data := Bytes(f.Large)
	put(t, f.Store, "film", data)
	info, got, err := Read(t.Context(), f.Store, "film", object.Range{})
	if err != nil || !bytes.Equal(got, data) || info.Size != f.Large || info.ContentType != "image/png" || info.CacheControl != "public, max-age=60" {
		t.Errorf("%+v, %d bytes, %v", info, len(got), err)
	}
	if _, got, err := Read(t.Context(), f.Store, "film", object.Range{Offset: f.Large - 5}); err != nil || !bytes.Equal(got, data[f.Large-5:]) {
		t.Errorf("its end: %d bytes, %v", len(got), err)
	}
	if _, err := f.Store.Put(t.Context(), "film", bytes.NewReader(data), object.Put{IfNew: true}); fault.Code(err) != "object-exists" {
		t.Errorf("Put: %v, want object-exists", err)
	}
}
