package fact

import (
	"slices"
	"testing"
	"time"

	"tradewind/internal/domain/stream"
)

func TestAFactComesBackFromItsEnvelope(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	m, err := Fact{ID: "1", Type: OrderPlaced, Subject: "o", At: at, Trace: "00-x", Data: Order{OrderID: "o", Number: 7}, Loose: true}.Message("https://shop.example")
	if err != nil || m.Key != "o" || !m.Loose {
		t.Fatalf("%+v, %v", m, err)
	}
	e, err := Read(stream.Record{Value: m.Value})
	if err != nil || e.SpecVersion != "1.0" || e.ID != "1" || e.Source != "https://shop.example" || e.Type != "tradewind.order.placed.v1" || e.Subject != "o" || !e.Time.Equal(at) ||
		e.DataSchema != "urn:tradewind:events:order.placed.v1" || e.ContentType != "application/json" || e.TraceParent != "00-x" {
		t.Errorf("%+v, %v", e, err)
	}
	for _, types := range [][]string{nil, {"order.placed"}, {"order.paid", "order.placed.v1"}, {"tradewind.order.placed.v1"}} {
		if !e.Of(types) {
			t.Errorf("it is not of %q", types)
		}
	}
	if e.Of([]string{"order", "order.paid", "order.placed.v2", ""}) || !e.Is(OrderPlaced) || e.Is(OrderPaid) {
		t.Error("it is of another type too")
	}
	if _, err := Read(stream.Record{Value: []byte("[]")}); err == nil {
		t.Error("a list is an event")
	}
}

func TestASearchTextThatCouldBeAboutSomebodyIsWithheld(t *testing.T) {
	for text, want := range map[string][]string{
		"Blue  Mug": {"blue", "mug"}, "t-shirt XL": {"t-shirt", "xl"}, "grüße 'n hüte": {"grüße", "'n", "hüte"}, "lens 50mm": {"lens", "50mm"},
	} {
		if got, withheld := Terms(text, 3); !slices.Equal(got, want) || withheld {
			t.Errorf("%q is told as %q (%v), want %q", text, got, withheld, want)
		}
	}
	for _, text := range []string{"ada@example.com", "ada (at) example", "call 0151 234567", "order 1000234", "4111 1111 1111 1111", "a b c d e f g h i", "x.y", "http://x", "donaudampfschifffahrtsgesellschaft"} {
		if got, withheld := Terms(text, 3); len(got) != 0 || !withheld {
			t.Errorf("%q is told as %q", text, got)
		}
	}
	if got, withheld := Terms("ada lovelace", 0); len(got) != 0 || !withheld {
		t.Errorf("what finds nothing is told as %q", got)
	}
	if got, withheld := Terms(" ", 5); got == nil || len(got) != 0 || withheld {
		t.Errorf("no text is told as %q, %v", got, withheld)
	}
}
