package pagelog

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

const size = 512

func page(b byte) []byte { return bytes.Repeat([]byte{b}, size) }

// segment is one with these pages.
func segment(t testing.TB, h header, keys []age.Recipient, pages map[uint32][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := newWriter(&out, h, keys)
	if err != nil {
		t.Fatal(err)
	}
	for no := uint32(1); no <= h.Pages; no++ {
		if p, ok := pages[no]; ok {
			if err := w.page(no, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := w.close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func some() header {
	return header{Format: format, Generation: "20261201T040000.000000Z", Seq: 3, Before: "ab", At: time.Unix(1, 0).UTC(), PageSize: size, Pages: 9}
}

func got(text []byte, keys ...age.Identity) (h header, pages map[uint32]byte, err error) {
	pages = map[uint32]byte{}
	_, err = read(bytes.NewReader(text), keys, func(x header) error { h = x; return nil }, func(no uint32, data []byte) error { pages[no] = data[0]; return nil })
	return h, pages, err
}

func TestASegmentComesBack(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		to   []age.Recipient
		keys []age.Identity
	}{"in the clear": {nil, nil}, "encrypted": {[]age.Recipient{id.Recipient()}, []age.Identity{id}}} {
		text := segment(t, some(), tc.to, map[uint32][]byte{2: page('b'), 9: page('z')})
		h, pages, err := got(text, tc.keys...)
		if err != nil || h != some() || len(pages) != 2 || pages[2] != 'b' || pages[9] != 'z' {
			t.Errorf("%s: %+v, %v, %v", name, h, pages, err)
		}
		if bytes.Contains(text, []byte("generation")) == (tc.to != nil) && tc.to != nil {
			t.Errorf("%s: its header can be read", name)
		}
	}
}

// A changed byte is found, or, where it means nothing (time and system in the
// head of gzip, RFC 1952, bits after the last of a block), changes nothing.
func TestNoChangedOrMissingByteGoesUnseen(t *testing.T) {
	text := segment(t, some(), nil, map[uint32][]byte{1: page('a'), 5: page('e')})
	for i := range text {
		broken := slices.Clone(text)
		broken[i] ^= 0x10
		if h, pages, err := got(broken); err == nil && (h != some() || len(pages) != 2 || pages[1] != 'a' || pages[5] != 'e') {
			t.Errorf("byte %d: %+v, %v", i, h, pages)
		}
	}
	for i := range len(text) {
		if _, _, err := got(text[:i]); err == nil {
			t.Errorf("%d of %d bytes are a segment", i, len(text))
		}
	}
	if _, _, err := got(append(slices.Clone(text), 'x')); err == nil {
		t.Error("something follows and nobody minds")
	}
}

func TestASegmentThatCannotBeIsRefused(t *testing.T) {
	for name, change := range map[string]func(*header){"another format": func(h *header) { h.Format = 2 }, "tiny pages": func(h *header) { h.PageSize = 16 }, "huge pages": func(h *header) { h.PageSize = 1 << 20 }} {
		h := some()
		change(&h)
		if _, _, err := got(segment(t, h, nil, nil)); err == nil || !strings.Contains(err.Error(), "this program knows format") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, numbers := range map[string][]uint32{"backwards": {3, 2}, "twice": {3, 3}, "beyond the end": {10}} {
		var out bytes.Buffer
		w, err := newWriter(&out, some(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range numbers {
			if err := w.page(no, page('x')); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := got(out.Bytes()); err == nil || !strings.Contains(err.Error(), "page") {
			t.Errorf("%s: %v", name, err)
		}
	}
	stop := errors.New("no")
	if _, err := read(bytes.NewReader(segment(t, some(), nil, nil)), nil, func(header) error { return stop }, nil); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestNamesOfSegmentsSortByTimeAndComeBack(t *testing.T) {
	h := some()
	for _, prefix := range []string{"", "a", "a/b"} {
		p, ok := placeOf(prefix, keyOf(prefix, h))
		if !ok || p.seq != 3 || p.generation != h.Generation || !p.at.Equal(h.At) {
			t.Errorf("%q: %+v", prefix, p)
		}
	}
	for _, key := range []string{"", "a", "a/b", "x/20261201T040000.000000Z/0000000003-1.pages", "a/20261201/0000000003-1.pages", "a/20261201T040000.000000Z/3.pages", "a/20261201T040000.000000Z/x-1.pages"} {
		if p, ok := placeOf("a", key); ok {
			t.Errorf("%q is %+v", key, p)
		}
	}
}

// Whatever it is given, reading ends, with an error or with what was written.
func FuzzSegment(f *testing.F) {
	f.Add(segment(f, some(), nil, map[uint32][]byte{1: page('a')}))
	f.Add([]byte(ageMagic + "-> X25519"))
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		_, err := read(bytes.NewReader(text), nil, func(header) error { return nil }, func(_ uint32, data []byte) error {
			if n++; len(data) < 512 || n > 1<<20 {
				t.Fatalf("page %d of %d bytes", n, len(data))
			}
			return nil
		})
		if err == nil && len(text) < 32 {
			t.Error("so few bytes are a segment")
		}
	})
}
