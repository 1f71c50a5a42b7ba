package publishing_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tradewind/api"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/publishing"
	"tradewind/internal/service/settlement"
)

const released = "../../../api/events/released.txt"

// schemaFiles are the schemas as JSON, by type.
func schemaFiles(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := fs.Glob(api.Events, "events/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, path := range files {
		text, err := fs.ReadFile(api.Events, path)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all[strings.TrimSuffix(strings.TrimPrefix(path, "events/"), ".json")] = doc
	}
	return all
}

func compiled(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	files := schemaFiles(t)
	for name, doc := range files {
		if err := c.AddResource(doc["$id"].(string), doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	out := map[string]*jsonschema.Schema{}
	for name, doc := range files {
		s, err := c.Compile(doc["$id"].(string))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = s
	}
	return out
}

func valueOf(t *testing.T, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// written are the events that services write into the outbox, made by the
// constructors that these use.
func written() (events []outbox.Event) {
	o := order.Order{ID: ident.New(), Number: 1007, Version: 2, Total: 4990, Currency: "EUR", Region: "eu"}
	for _, o.Status = range []order.Status{order.Placed, order.Paid, order.Cancelled, order.Expired, order.Shipped, order.Delivered} {
		events = append(events, order.EventOf(o, at))
	}
	o.Status, o.Region = order.Paid, ""
	events = append(events, order.EventChanged(o, "units-cancelled", at))
	for _, topic := range []string{settlement.TopicRefundDue, settlement.TopicRefundDone, settlement.TopicRefundFailed} {
		events = append(events, outbox.Event{Aggregate: "r", Seq: 1, Topic: topic, Payload: settlement.RefundEvent{RefundID: "r", OrderID: o.ID}, At: at})
	}
	events = append(events, inventory.Signal{SKU: "MUG", Low: true, Promisable: 3}.Events(at)...)
	for _, status := range []catalog.Status{catalog.Draft, catalog.Active, catalog.Archived} {
		events = append(events, catalog.EventChanged(catalog.Product{ID: ident.New(), Version: 3, Status: status, UpdatedAt: at}))
	}
	return append(events, catalog.EventAdded("import", []catalog.Product{{ID: ident.New()}, {ID: ident.New()}}, at), catalog.EventCategoryChanged("cat-mugs", 2, at))
}

func message(t *testing.T, e outbox.Event) outbox.Message {
	t.Helper()
	payload, err := json.Marshal(e.Payload)
	if err != nil {
		t.Fatal(err)
	}
	return outbox.Message{ID: ident.At(e.At), Aggregate: e.Aggregate, Seq: e.Seq, Topic: e.Topic, Payload: payload, CreatedAt: e.At}
}

// told are facts of every type that the program can tell.
func told(t *testing.T) (facts []fact.Fact) {
	t.Helper()
	for _, e := range written() {
		some, err := publishing.Facts(message(t, e))
		if err != nil || len(some) == 0 {
			t.Fatalf("%s tells %v, %v", e.Topic, some, err)
		}
		facts = append(facts, some...)
	}
	visitor := "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
	for kind, data := range map[string][]any{
		fact.ProductViewed:   {fact.View{ProductID: "p"}, fact.View{ProductID: "p", Currency: "EUR", Visitor: visitor}},
		fact.SearchPerformed: {fact.Search{Terms: []string{}}, fact.Search{Terms: []string{"blue", "mug"}, Results: 2, Filtered: true, Visitor: visitor}, fact.Search{Terms: []string{}, Withheld: true}},
		fact.CartChanged:     {fact.Cart{CartID: "c", Version: 1, Subtotal: money.Of(0, "EUR")}},
	} {
		for _, d := range data {
			facts = append(facts, fact.Fact{ID: ident.New(), Type: kind, Subject: "s", At: at, Data: d, Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
		}
	}
	return facts
}

func TestEveryFactThatIsToldFitsItsSchema(t *testing.T) {
	schemas := compiled(t)
	seen := map[string]bool{}
	for _, f := range told(t) {
		m, err := f.Message("https://shop.example")
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Check(); err != nil {
			t.Error(err)
		}
		if err := schemas["envelope"].Validate(valueOf(t, m.Value)); err != nil {
			t.Errorf("%s: %v", m.Value, err)
		}
		data, err := json.Marshal(f.Data)
		if err != nil {
			t.Fatal(err)
		}
		if s := schemas[f.Type]; s == nil {
			t.Errorf("%s has no schema", f.Type)
		} else if err := s.Validate(valueOf(t, data)); err != nil {
			t.Errorf("%s: %s: %v", f.Type, data, err)
		}
		seen[f.Type] = true
	}
	for _, kind := range fact.Types {
		if !seen[kind] {
			t.Errorf("no fact of type %s was tried", kind)
		}
	}
}

func TestThereIsASchemaForEachTypeAndNoOther(t *testing.T) {
	want := append(slices.Clone(fact.Types), "envelope")
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(schemaFiles(t))); !slices.Equal(got, want) {
		t.Errorf("schemas are %q,\nwant %q", got, want)
	}
	for name, doc := range schemaFiles(t) {
		if doc["$id"] != "urn:tradewind:events:"+name || doc["title"] != name || doc["description"] == "" {
			t.Errorf("%s is called %v, %v", name, doc["$id"], doc["title"])
		}
	}
}

func TestTheExampleOfASchemaFitsIt(t *testing.T) {
	schemas := compiled(t)
	for name, doc := range schemaFiles(t) {
		examples, _ := doc["examples"].([]any)
		if len(examples) == 0 {
			t.Errorf("%s has no example", name)
		}
		for _, e := range examples {
			if err := schemas[name].Validate(e); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Every topic of the outbox is told, or is for the shop alone, for a reason.
func TestEveryTopicIsToldOrForTheShopAlone(t *testing.T) {
	alone := map[string]string{
		"account.mail":     "holds addresses",
		"order.links":      "holds addresses",
		"setting.changed":  "how the shop is run",
		"stock.moved":      "says that somebody should look; stock.changed says what was seen",
		"stock.look":       "as stock.moved",
		"location.changed": "as stock.moved",

		"payment.not-collected": "asks for a mail; what becomes of the order is told",
		"picking.packed":        "a step of the warehouse; what becomes of the order is told",
		"picking.listed":        "as picking.packed",
	}
	topics := publishing.Topics()
	for _, topic := range constants(t) {
		if is, why := slices.Contains(topics, topic), alone[topic]; is == (why != "") {
			t.Errorf("%s: told %v, for the shop alone because it %s", topic, is, why)
		}
	}
	for _, topic := range topics {
		if !slices.ContainsFunc(written(), func(e outbox.Event) bool { return e.Topic == topic }) {
			t.Errorf("%s was not tried", topic)
		}
	}
}

// A field of the payload that no schema names stays in the shop.
func TestWhatNoSchemaNamesStaysInTheShop(t *testing.T) {
	for _, e := range written() {
		m := message(t, e)
		m.Payload = append([]byte(`{"email":"ada@example.com",`), m.Payload[1:]...)
		m.Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		facts, err := publishing.Facts(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			if sent, err := f.Message("https://shop.example"); err != nil || bytes.Contains(sent.Value, []byte("ada@")) {
				t.Errorf("%s tells %s, %v", m.Topic, sent.Value, err)
			} else if !bytes.Contains(sent.Value, []byte(`"traceparent":"`+m.Trace+`"`)) {
				t.Errorf("%s does not tell the trace that it belongs to: %s", m.Topic, sent.Value)
			}
		}
	}
}

// lines are what a schema promises its readers: each field, its type, and whether it is there.
func lines(path string, schema map[string]any) (out []string) {
	required, _ := schema["required"].([]any)
	properties, _ := schema["properties"].(map[string]any)
	for name, p := range properties {
		property := p.(map[string]any)
		kind, presence := property["type"], "optional"
		if kind == nil {
			kind = "constant"
		}
		if slices.Contains(required, any(name)) {
			presence = "required"
		}
		out = append(out, path+" "+name+" "+kind.(string)+" "+presence)
		out = append(out, lines(path+"/"+name, property)...)
	}
	return out
}

// What readers were promised by a version stays: no field of it goes, becomes
// optional or changes its type. That needs another version.
func TestAVersionKeepsWhatItPromised(t *testing.T) {
	text, err := os.ReadFile(released)
	if err != nil {
		t.Fatal(err)
	}
	promised := strings.Split(strings.TrimSpace(string(text)), "\n")
	var now []string
	for name, doc := range schemaFiles(t) {
		now = append(now, lines(name, doc)...)
	}
	slices.Sort(now)
	for _, line := range promised {
		if !slices.Contains(now, line) {
			t.Errorf("%q was promised and is so no more; make another version of the type", line)
		}
	}
	for _, line := range now {
		if !slices.Contains(promised, line) {
			t.Errorf("%q is new; add it to api/events/released.txt", line)
		}
	}
}
