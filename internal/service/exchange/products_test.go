package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/exchange"
	"tradewind/internal/service/merchandising"
)

func shopFile(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/shop.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// recordsIn reads the products of a file to its end, with errors in words.
func recordsIn(t testing.TB, from io.Reader) (out []merchandising.Record, bad []string) {
	t.Helper()
	next, err := records(&loading{run: exchange.Run{Format: "jsonl"}}, from)
	for err == nil {
		var r merchandising.Record
		r, _, err = next()
		if e, ok := errors.AsType[*RowError](err); ok {
			bad, err = append(bad, e.Error()), nil
		} else if err == nil {
			out = append(out, r)
		}
	}
	if !errors.Is(err, io.EOF) {
		bad = append(bad, "fatal: "+err.Error())
	}
	return out, bad
}

func TestAFileBecomesProducts(t *testing.T) {
	got, errs := recordsIn(t, strings.NewReader(shopFile(t)))
	if len(errs) > 0 || len(got) != 3 {
		t.Fatalf("%d products, errors %v", len(got), errs)
	}
	bowl, spoon, tray := got[0], got[1], got[2]
	var attributes []string
	for _, a := range bowl.Attributes {
		attributes = append(attributes, a.Name+"="+a.Text)
	}
	if fmt.Sprint(attributes) != "[colour=brown colour=red diameter=22.5 material=teak oiled=true]" {
		t.Errorf("attributes %v", attributes)
	}
	for _, a := range bowl.Attributes {
		if (a.Name == "diameter") != (a.Milli != nil) {
			t.Errorf("%s is a number: %v", a.Name, a.Milli != nil)
		}
	}
	p := bowl.Variants[0].Prices
	if len(p) != 2 || p[0].Minor != 3990 || p[0].CompareAt != 4500 || p[1].Minor != 6400 || *bowl.Variants[0].Stock != 7 || bowl.Media[0].Kind != "image" {
		t.Errorf("the bowl is %+v", bowl)
	}
	if spoon.Slug != "ash-spoon" || spoon.Line != 3 || spoon.Status != catalog.Active || spoon.TaxClass != "standard" || spoon.Variants[0].Prices[0].Minor != 450 {
		t.Errorf("the spoon is %+v", spoon)
	}
	if tray.Status != catalog.Draft {
		t.Errorf("the tray is %+v", tray)
	}
}

func TestBadProductsAreNamedAndTheRestGoesOn(t *testing.T) {
	product := func(rest string) string {
		return `{"slug":"a","title":"A","variants":[{"sku":"A","prices":{"EUR":"1"}` + rest
	}
	lines := []string{
		`{"slug":"cut`, `[]`, `null`, `{"slug":"a","nosuch":1}`, `{"slug":7}`, product(`}]}}`), product(`}]} {}`), product(`,"stock":-1}]}`), product(`},{"sku":"A","prices":{"EUR":"2"}}]}`), product(`,"weight_g":-5}]}`),
		product(`}],"attributes":{"x":1.2345}}`), product(`}],"attributes":{"x":[[1]]}}`), product(`}],"status":"gone"}`), product(`}],"media":[{"url":""}]}`),
		strings.Replace(product(`}]}`), `"1"`, `"1.999"`, 1), strings.Replace(product(`}]}`), `"1"`, `"-1"`, 1), strings.Replace(product(`}]}`), "EUR", "XXZ", 1), strings.Replace(product(`}]}`), `"sku":"A"`, `"sku":"A\u0000"`, 1),
		strings.Replace(product(`}]}`), `"title":"A"`, "\"title\":\"A\xff\"", 1), strings.Replace(product(`}]}`), `"title":"A"`, `"title":"`+strings.Repeat("a", 201)+`"`, 1), strings.Repeat("[", 20_000), "{" + strings.Repeat(" ", maxRow) + "}",
		`{"slug":"Not A Slug","title":"A","variants":[{"sku":"A","prices":{"EUR":"1"}}]}`, `{"slug":"a","title":"A","variants":[]}`, `{"slug":"a","title":"A","variants":[{"sku":"A"}]}`,
	}
	text := strings.Join(lines, "\n") + "\n" + product(`}]}`)
	got, errs := recordsIn(t, strings.NewReader(text))
	if len(got) != 1 || len(errs) != len(lines) {
		t.Errorf("%d products, %d errors of %d lines:\n%.3000s", len(got), len(errs), len(lines), strings.Join(errs, "\n"))
	}
	seen := 0
	for _, e := range errs {
		var line int
		if _, err := fmt.Sscanf(e, "line %d", &line); err != nil || line <= seen {
			t.Errorf("%q does not name a line after %d", e, seen)
		}
		seen = line
	}
}

func FuzzProducts(f *testing.F) {
	f.Add([]byte(shopFile(f)))
	f.Add([]byte("{}\nnull\n[]\n"))
	f.Fuzz(func(t *testing.T, text []byte) { recordsIn(t, bytes.NewReader(text)) })
}
