package merchandising

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/platform/fault"
)

// drain reads a source to its end: records that check, and errors in words.
func drain(t testing.TB, s Source) (records []Record, errs []string) {
	t.Helper()
	for range 1_000_000 {
		r, err := s.Next()
		if errors.Is(err, io.EOF) {
			return records, errs
		}
		e, ok := errors.AsType[*RowError](err)
		if err != nil && !ok {
			return records, append(errs, "fatal: "+err.Error())
		}
		if !ok {
			e = r.Check()
		}
		if e != nil {
			errs = append(errs, e.Error())
			continue
		}
		records = append(records, r)
	}
	t.Fatal("the source has no end")
	return nil, nil
}

func shopify(t testing.TB, text string) ([]Record, []string) {
	t.Helper()
	s, err := NewShopify(strings.NewReader(text), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	return drain(t, s)
}

func file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAShopifyExportBecomesProducts(t *testing.T) {
	got, errs := shopify(t, file(t, "shop.csv"))
	if len(errs) > 0 || len(got) != 3 {
		t.Fatalf("%d products, errors %v", len(got), errs)
	}
	shirt, cap, scarf := got[0], got[1], got[2]
	if shirt.Slug != "harbour-shirt" || shirt.Description != "Cotton, & warm. Two pockets." || shirt.Brand != "Nine Bells" || !slices.Equal(shirt.Category, []string{"Shirts"}) || shirt.Line != 2 || shirt.Status != catalog.Active {
		t.Errorf("the shirt is %+v", shirt)
	}
	if len(shirt.Variants) != 2 || len(shirt.Media) != 4 || len(shirt.Attributes) != 2 {
		t.Fatalf("the shirt has %d variants, %d pictures, %d tags", len(shirt.Variants), len(shirt.Media), len(shirt.Attributes))
	}
	s, m := shirt.Variants[0], shirt.Variants[1]
	if s.SKU != "HS-S" || s.Barcode != "4006381333931" || s.WeightG != 210 || *s.Stock != 12 || s.Prices[0].Minor != 4990 || s.Prices[0].CompareAt != 5990 || s.Title != "S / Blue" {
		t.Errorf("the first variant is %+v", s)
	}
	if m.WeightG != 216 || *m.Stock != 0 || m.Options[0] != (catalog.Option{Name: "Size", Value: "M"}) || m.Options[1].Name != "Colour" || m.Prices[0].CompareAt != 0 {
		t.Errorf("the second variant is %+v; names of options stand in the first row only", m)
	}
	if shirt.Media[2].SKU != "HS-M" || shirt.Media[3].Alt != "From behind" {
		t.Errorf("the pictures are %+v", shirt.Media)
	}
	if cap.Status != catalog.Draft || cap.Variants[0].SKU != "plain-cap" || cap.Variants[0].Options != nil || cap.Variants[0].Stock != nil || cap.Category != nil {
		t.Errorf("the cap is %+v", cap)
	}
	if scarf.Status != catalog.Archived {
		t.Errorf("the scarf is %s; what is archived must not be sold", scarf.Status)
	}
}

func TestABadRowIsNamedAndTheRestGoesOn(t *testing.T) {
	got, errs := shopify(t, file(t, "broken.csv"))
	var slugs []string
	for _, r := range got {
		slugs = append(slugs, r.Slug)
	}
	if !slices.Equal(slugs, []string{"good", "last"}) {
		t.Errorf("read %v", slugs)
	}
	for i, want := range []string{"line 3, column 1 (handle)", "line 4, column 10 (title)", "line 5, column 15 (variant price)", "line 7, column 22 (variant grams)", "line 8, column 23 (variant inventory qty)",
		"line 10, column 8 (variant sku)", "line 11, column 11: ", "line 13, column 13 (variant price)", "line 14 (slug)"} {
		if i >= len(errs) || !strings.HasPrefix(errs[i], want) {
			t.Errorf("error %d is %q, want it to begin with %q", i, errs[min(i, len(errs)-1)], want)
		}
	}
	if len(errs) != 9 {
		t.Errorf("%d errors:\n%s", len(errs), strings.Join(errs, "\n"))
	}
}

func TestFilesThatAreNoExportAreRefusedAtOnce(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "another table": "id,name\n1,a\n", "binary": "\x00\x01\x02", "one open quote": `"Handle`} {
		if _, err := NewShopify(strings.NewReader(text), "EUR"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := NewShopify(strings.NewReader("Handle,Title,Variant Price\n"), "EURO"); fault.Code(err) != "unknown-currency" {
		t.Errorf("a currency that is none = %v", err)
	}
	if got, errs := shopify(t, "\ufeffHANDLE, title ,Variant Price\r\na,A,1\r\n"); len(got) != 1 || len(errs) != 0 {
		t.Errorf("a header as Excel writes it: %v, %v", got, errs)
	}
}

// endless is a reader that never ends; it counts what is taken from it.
type endless struct {
	head, tail string
	taken      int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.head)
	if e.head = e.head[n:]; n == 0 {
		n = copy(p, e.tail)
	}
	e.taken += n
	return n, nil
}

func TestHostileFilesTakeBoundedMemory(t *testing.T) {
	header := "Handle,Title,Variant Price,Image Src\n"
	quote := &endless{head: header + `a,"`, tail: strings.Repeat("x\n", 2000)}
	s, err := NewShopify(quote, "EUR")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(); err == nil || !strings.Contains(err.Error(), "quote") || quote.taken > 3*maxRow {
		t.Errorf("a quote that is never closed: %v after %d bytes", err, quote.taken)
	}
	_, errs := shopify(t, header+"a,A,1,p\n"+strings.Repeat("a,,,p\n", 5000)+"b,B,1,p\n")
	if len(errs) != 1 || !strings.Contains(errs[0], "more than 1000") {
		t.Errorf("five thousand pictures of one product: %.300v", errs)
	}
}

func FuzzShopify(f *testing.F) {
	for _, name := range []string{"shop.csv", "broken.csv"} {
		f.Add([]byte(file(f, name)))
	}
	f.Add([]byte("Handle,Title,Variant Price\na,\"A\n,1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := NewShopify(bytes.NewReader(text), "EUR")
		if err == nil {
			drain(t, s)
		}
	})
}
