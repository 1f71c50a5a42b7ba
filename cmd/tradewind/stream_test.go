package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/app"
	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store/sqlstore"
)

// facts opens a log in a database of its own, with a fact of each type in turn.
func facts(t *testing.T, types ...string) (stream.Log, []string) {
	t.Helper()
	flags := []string{"-db.path=" + filepath.Join(t.TempDir(), "shop.db")}
	c, _, err := app.Load("test", flags, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	db, err := c.OpenDB(t.Context(), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	log, err := c.OpenStream(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range types {
		m, err := fact.Fact{ID: fmt.Sprint("id-", i), Type: kind, Subject: "s", At: clock(), Data: struct{}{}}.Message("https://shop.example")
		if err == nil {
			err = log.Append(t.Context(), []stream.Message{m})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return log, flags
}

// ids are those of the facts in lines of JSON.
func ids(t *testing.T, lines string) (out string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var e fact.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out += e.ID + " "
	}
	return out
}

func TestFactsArePrintedOnceAndAgainAfterAReset(t *testing.T) {
	log, flags := facts(t, fact.OrderPlaced, fact.OrderPaid, fact.StockLow)
	read := func(w streamWishes) string {
		t.Helper()
		var out bytes.Buffer
		w.idle = time.Millisecond
		if err := w.read(t.Context(), log, &out); err != nil {
			t.Fatal(err)
		}
		return ids(t, out.String())
	}
	for _, tc := range []struct {
		w    streamWishes
		want string
	}{
		{streamWishes{group: "all", from: "start"}, "id-0 id-1 id-2 "},
		{streamWishes{group: "all", from: "start"}, ""},
		{streamWishes{group: "some", from: "start", types: "order.paid,stock.low.v1"}, "id-1 id-2 "},
		{streamWishes{group: "late", from: "latest"}, ""},
	} {
		if got := read(tc.w); got != tc.want {
			t.Errorf("%+v prints %q, want %q", tc.w, got, tc.want)
		}
	}
	if err := run(t.Context(), append([]string{"stream", "reset"}, append(flags, "-group=all", "-to=2026-01-01T00:00:00Z")...)); err != nil {
		t.Fatal(err)
	}
	if got := read(streamWishes{group: "all", from: "latest"}); got != "id-0 id-1 id-2 " {
		t.Errorf("after the reset %q is printed", got)
	}
	var out bytes.Buffer
	if err := (streamWishes{}).list(t.Context(), log, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"partition 3: from", "group all, behind by 0", "group late, behind by 0", "group some, behind by 0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the list does not say %q:\n%s", want, out.String())
		}
	}
}

// shut is an output that fails.
type shut struct{}

func (shut) Write([]byte) (int, error) { return 0, errors.New("the pipe is closed") }

func TestWhatCouldNotBePrintedIsNotCommitted(t *testing.T) {
	log, _ := facts(t, fact.OrderPlaced)
	w := streamWishes{group: "g", from: "start", idle: time.Millisecond}
	if err := w.read(t.Context(), log, shut{}); err == nil || !strings.Contains(err.Error(), "pipe") {
		t.Errorf("read: %v", err)
	}
	var out bytes.Buffer
	if err := w.read(t.Context(), log, &out); err != nil || ids(t, out.String()) != "id-0 " {
		t.Errorf("afterwards %q is printed, %v", out.String(), err)
	}
}

func TestWishesThatCannotBeMetAreRefused(t *testing.T) {
	_, flags := facts(t)
	for _, tc := range []struct {
		words []string
		want  string
	}{
		{nil, "say: tradewind stream list"},
		{[]string{"dance"}, "say: tradewind stream list"},
		{[]string{"reset", "-group=g"}, "say: tradewind stream list"},
		{[]string{"reset", "-group=g", "-to=start"}, "stream-group-unknown"},
		{[]string{"reset", "-group=g", "-to=yesterday"}, `"yesterday" is no place`},
		{[]string{"read", "-from=start"}, "stream-group-invalid"},
		{[]string{"read", "-group=g", "-from=then"}, `"then" is no place`},
		{[]string{"list", "-group=g"}, "stream-group-unknown"},
		{[]string{"list", "-stream.engine=off"}, "stream.engine is off"},
		{[]string{"list", "-stream.engine=oci"}, "oci.auth"},
		{[]string{"list", "-stream.engine=tape"}, "choose log, oci or off"},
	} {
		words := append([]string{"stream"}, tc.words...)
		if len(tc.words) > 0 {
			words = append(words, flags...)
		}
		if err := run(t.Context(), words); err == nil || !strings.Contains(err.Error()+fault.Code(err), tc.want) {
			t.Errorf("%q: %v, want %q", tc.words, err, tc.want)
		}
	}
}
