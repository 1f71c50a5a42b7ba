package integration

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tradewind/api"
	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/app"
	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/stream"
)

// onOCI lets a shop tell its facts to a stand-in of OCI Streaming.
func onOCI(t *testing.T) (*ocitest.Server, func(c *app.Config)) {
	t.Helper()
	server := ocitest.New(t)
	id := server.AddStream("facts", 3)
	profile := ocitest.Profile(t)
	return server, func(c *app.Config) {
		c.OCI.Auth, c.OCI.File = "config", profile
		c.Stream.Engine, c.Stream.Far.Stream, c.Stream.Far.Endpoint = "oci", id, server.URL
	}
}

// schemas are those of api/events, by the name in dataschema.
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	files, err := fs.Glob(api.Events, "events/*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*jsonschema.Schema{}
	for _, path := range files {
		text, err := fs.ReadFile(api.Events, path)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		id := doc.(map[string]any)["$id"].(string)
		if err := c.AddResource(id, doc); err != nil {
			t.Fatal(err)
		}
		if out[id], err = c.Compile(id); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// told reads the stream from its beginning until it has had facts of all types.
func told(t *testing.T, log stream.Log, types ...string) (events []fact.Event, texts string) {
	t.Helper()
	r, err := log.Join(t.Context(), "test", stream.Oldest)
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for _, kind := range types {
		missing["tradewind."+kind] = true
	}
	eventually(t, "facts of all types are told", func() bool {
		batch, err := r.Next(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range batch {
			e, err := fact.Read(x)
			if err != nil {
				t.Fatal(err)
			}
			delete(missing, e.Type)
			events, texts = append(events, e), texts+string(x.Value)+"\n"
		}
		if t.Failed() {
			t.Logf("missing %v", slices.Collect(maps.Keys(missing)))
		}
		return len(missing) == 0
	})
	if err := r.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	return events, texts
}

func TestWhatHappensIsToldInTheShopsLogAndInOCIStreaming(t *testing.T) {
	server, withOCI := onOCI(t)
	for engine, change := range map[string]func(c *app.Config){"log": func(*app.Config) {}, "oci": withOCI} {
		t.Run(engine, func(t *testing.T) {
			var config app.Config
			s := openShop(t, func(c *app.Config) {
				change(c)
				c.Stream.Browsing.Flush = 20 * time.Millisecond
				config = *c
			})
			if engine == "oci" { // which is sick at first
				server.Spoil(ocitest.Mishap{Operation: "PutMessages", Times: 3, Failure: ocitest.Failure{Status: 503, Code: "ServiceUnavailable", Message: "later"}})
			}
			for _, target := range []string{"/v1/search?q=ada@example.com", "/v1/search?q=shirt", "/v1/products?limit=1"} {
				if status, body := fetch(t, s.base+target); status != 200 {
					t.Fatalf("%s: %d %s", target, status, body)
				}
			}
			o := s.placed(t, "MU01-ALMA-SAND")
			s.payment(t, o, "tok_ok")
			s.becomes(t, o, "paid")
			log, err := config.OpenStream(t.Context(), s.db)
			if err != nil {
				t.Fatal(err)
			}
			events, texts := told(t, log, fact.OrderPlaced, fact.OrderPaid, fact.PaymentCaptured, fact.CartChanged, fact.SearchPerformed)
			all, ids := schemas(t), map[string]bool{}
			var story []string
			for _, e := range events {
				text, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				for schema, part := range map[string][]byte{"urn:tradewind:events:envelope": text, e.DataSchema: e.Data} {
					v, err := jsonschema.UnmarshalJSON(bytes.NewReader(part))
					if err != nil {
						t.Fatal(err)
					}
					if all[schema] == nil {
						t.Errorf("there is no schema %s", schema)
					} else if err := all[schema].Validate(v); err != nil {
						t.Errorf("%s: %v", part, err)
					}
				}
				if e.Subject == o.ID && !ids[e.ID] {
					story = append(story, strings.TrimPrefix(e.Type, "tradewind."))
				}
				ids[e.ID] = true
			}
			if want := []string{fact.OrderPlaced, fact.OrderPaid, fact.PaymentCaptured}; !slices.Equal(story, want) {
				t.Errorf("of the order, %q is told, want %q", story, want)
			}
			for _, private := range []string{"@", "Ada", "Lovelace", "Spreeufer", o.Token} {
				if strings.Contains(texts, private) {
					t.Errorf("%q is told", private)
				}
			}
		})
	}
}

func TestWhatIsLookedAtBecomesPopular(t *testing.T) {
	_, withOCI := onOCI(t)
	for engine, change := range map[string]func(c *app.Config){"log": func(*app.Config) {}, "oci": withOCI} {
		t.Run(engine, func(t *testing.T) {
			s := openShop(t, func(c *app.Config) {
				change(c)
				c.Stream.Browsing.Flush = 20 * time.Millisecond
			})
			_, page := fetch(t, s.base+"/v1/products?limit=5&sort=-price")
			var list struct{ Items []struct{ ID, Slug string } }
			if err := json.Unmarshal([]byte(page), &list); err != nil || len(list.Items) != 5 {
				t.Fatalf("%s, %v", page, err)
			}
			liked := list.Items[3]
			eventually(t, "what is looked at is suggested first", func() bool {
				fetch(t, s.base+"/v1/products/"+liked.Slug)
				_, answer := fetch(t, s.base+"/v1/recommendations?kind=popular&limit=1")
				return strings.Contains(answer, liked.ID)
			})
		})
	}
}

func TestWithoutAStreamNothingIsToldAndTheShopSells(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Stream.Engine = "off" })
	o := s.placed(t, "MU01-ALMA-SAND")
	s.payment(t, o, "tok_ok")
	s.becomes(t, o, "paid")
	eventually(t, "all events are delivered", func() bool {
		b, err := s.db.Read().Outbox.Backlog(t.Context(), time.Now())
		return err == nil && b.Pending == 0
	})
	if parts, err := s.db.Read().Facts.Partitions(t.Context()); err != nil || len(parts) != 0 {
		t.Errorf("there is a log of %d partitions, %v", len(parts), err)
	}
}
