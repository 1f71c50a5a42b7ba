package streaming

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/adapter/streamtest"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/fault"
)

// open opens a stream on a stand-in whose streams have a clock of their own.
func open(t *testing.T) (*ocitest.Server, *Log, streamtest.Fixture) {
	t.Helper()
	server := ocitest.New(t)
	id := server.AddStream("facts", 4)
	l, err := Open(t.Context(), Config{Stream: id, Endpoint: server.URL, Timeout: time.Second, Lease: 30 * time.Second}, ocitest.Provider())
	if err != nil {
		t.Fatal(err)
	}
	l.retry = oci.Retry{Attempts: 4, First: time.Millisecond, Longest: 4 * time.Millisecond}
	var passed atomic.Int64
	now := func() time.Time {
		return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(passed.Load()))
	}
	server.SetStreamClock(now)
	return server, l, streamtest.Fixture{Log: l, Now: now, Pass: func(d time.Duration) { passed.Add(int64(d)) }, Lease: 30 * time.Second}
}

func TestConformance(t *testing.T) {
	streamtest.Run(t, func(t *testing.T) streamtest.Fixture {
		_, _, f := open(t)
		return f
	})
}

func TestOpeningSaysWhatIsWrong(t *testing.T) {
	server := ocitest.New(t)
	id := server.AddStream("facts", 1)
	stranger := common.NewRawConfigurationProvider(ocitest.Tenancy, "ocid1.user.oc1..stranger", ocitest.Region, ocitest.Fingerprint, ocitest.KeyPEM(), nil)
	good := Config{Stream: id, Endpoint: server.URL, Timeout: time.Second}
	other, none := good, good
	other.Stream, none.Stream = "ocid1.stream.oc1..other", ""
	for name, tc := range map[string]struct {
		config Config
		as     common.ConfigurationProvider
		want   string
	}{
		"another stream": {other, ocitest.Provider(), "oci.streaming.stream ocid1.stream.oc1..other cannot be read"},
		"no stream":      {none, ocitest.Provider(), "oci.streaming.stream is empty"},
		"somebody else":  {good, stranger, "NotAuthenticated"},
	} {
		if _, err := Open(t.Context(), tc.config, tc.as); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func batch(key string, from, to int) (out []stream.Message) {
	for n := from; n < to; n++ {
		out = append(out, stream.Message{Key: key, Value: json.RawMessage(fmt.Sprintf(`{"id":"%s-%d"}`, key, n))})
	}
	return out
}

// read returns the values that a new group is given, in their order.
func read(t *testing.T, l *Log, group string) (values []string) {
	t.Helper()
	r, err := l.Join(t.Context(), group, stream.Oldest)
	if err != nil {
		t.Fatal(err)
	}
	for {
		some, err := r.Next(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			break
		}
		for _, x := range some {
			values = append(values, string(x.Value))
		}
	}
	if err := r.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return values
}

// firsts leaves out repeats, as a reader does who knows the ids.
func firsts(values []string) (out []string) {
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func want(key string, n int) (out []string) {
	for _, m := range batch(key, 0, n) {
		out = append(out, string(m.Value))
	}
	return out
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	for name, m := range map[string]ocitest.Mishap{
		"throttled":    ocitest.Throttle("", 3),
		"sick":         {Times: 3, Failure: ocitest.Failure{Status: 503, Code: "ServiceUnavailable", Message: "later"}},
		"answers lost": {Times: 2, Lose: true},
		"repeated":     {Times: 3, Twice: true},
	} {
		t.Run(name, func(t *testing.T) {
			server, l, _ := open(t)
			server.Spoil(m)
			if err := l.Append(t.Context(), batch("a", 0, 3)); err != nil {
				t.Fatalf("Append: %v", err)
			}
			if got := firsts(read(t, l, "before")); !slices.Equal(got, want("a", 3)) {
				t.Errorf("what was put is %q, want %q and repeats of it", got, want("a", 3))
			}
			server.Spoil(m)
			if got := firsts(read(t, l, "during")); !slices.Equal(got, want("a", 3)) {
				t.Errorf("what is read is %q, want %q", got, want("a", 3))
			}
			server.Spoil(m)
			if err := l.Reset(t.Context(), "during", stream.Oldest); err != nil {
				t.Errorf("Reset: %v", err)
			}
		})
	}
}

// A reader that loses an answer asks again with the same cursor; it may not be
// given what comes after the answer it has not seen.
func TestALostAnswerIsNotPassedOver(t *testing.T) {
	server, l, _ := open(t)
	if err := l.Append(t.Context(), batch("a", 0, 30)); err != nil {
		t.Fatal(err)
	}
	server.Spoil(ocitest.Mishap{Operation: "GetMessages", Times: 2, Lose: true})
	if got := read(t, l, "g"); !slices.Equal(got, want("a", 30)) {
		t.Errorf("%d messages are read: %q", len(got), got)
	}
}

func TestWhatIsRefusedIsNotOvertakenByItsKey(t *testing.T) {
	server, l, _ := open(t)
	server.RefuseMessages(l.Name(), 6)
	all := append(batch("a", 0, 10), batch("b", 0, 10)...)
	if err := l.Append(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, v := range read(t, l, "g") {
		got[v[7:8]] = append(got[v[7:8]], v)
	}
	for _, key := range []string{"a", "b"} {
		if !slices.Equal(got[key], want(key, 10)) {
			t.Errorf("of %s: %q", key, got[key])
		}
	}
	server.RefuseMessages(l.Name(), 1000)
	before := server.Calls("PutMessages")
	if err := l.Append(t.Context(), batch("c", 0, 1)); err != nil { // every second one
		t.Errorf("Append: %v", err)
	}
	if n := server.Calls("PutMessages") - before; n != 2 {
		t.Errorf("%d calls were made, want 2", n)
	}
}

func TestALooseBatchIsOneRequest(t *testing.T) {
	server, l, _ := open(t)
	all := batch("a", 0, 50)
	for i := range all {
		all[i].Loose = true
	}
	if err := l.Append(t.Context(), all); err != nil || server.Calls("PutMessages") != 1 {
		t.Errorf("%d requests, %v", server.Calls("PutMessages"), err)
	}
}

func TestALargeBatchIsSeveralRequests(t *testing.T) {
	server, l, _ := open(t)
	var all []stream.Message
	for i := range 40 { // 2.4 MB
		all = append(all, stream.Message{Key: fmt.Sprint("k", i), Value: json.RawMessage(fmt.Sprintf(`{"id":%d,"x":%q}`, i, strings.Repeat("x", 60<<10)))})
	}
	if err := l.Append(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if got := server.StreamValues(l.Name()); len(got) != 40 || server.Calls("PutMessages") != 4 {
		t.Errorf("%d messages in %d requests", len(got), server.Calls("PutMessages"))
	}
}

func TestWhatDoesNotPassIsTold(t *testing.T) {
	server, l, _ := open(t)
	server.Spoil(ocitest.Throttle("PutMessages", 99))
	if err := l.Append(t.Context(), batch("a", 0, 1)); fault.Code(err) != "stream-unavailable" || server.Calls("PutMessages") != 4 {
		t.Errorf("Append: %v after %d calls, want stream-unavailable after 4", err, server.Calls("PutMessages"))
	}
	server.Spoil(ocitest.Mishap{Operation: "CreateGroupCursor", Failure: ocitest.Failure{Status: 404, Code: "NotAuthorizedOrNotFound", Message: "no policy"}})
	if _, err := l.Join(t.Context(), "g", stream.Oldest); fault.Code(err) != "stream-unavailable" {
		t.Errorf("Join: %v, want stream-unavailable", err)
	}
	if got := server.StreamValues(l.Name()); len(got) != 0 {
		t.Errorf("the stream has %q", got)
	}
}

// Calls are kept away from a service that stays sick, and made again later.
func TestASickServiceIsLeftAlone(t *testing.T) {
	server, l, _ := open(t)
	server.Spoil(ocitest.Mishap{Operation: "PutMessages", Times: 10_000, Failure: ocitest.Failure{Status: 503, Code: "ServiceUnavailable", Message: "later"}})
	for range 40 {
		if err := l.Append(t.Context(), batch("a", 0, 1)); fault.Code(err) != "stream-unavailable" {
			t.Fatalf("Append: %v", err)
		}
	}
	if n := server.Calls("PutMessages"); n >= 40*4 {
		t.Errorf("%d calls were made: nobody left it alone", n)
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	good := Config{Timeout: time.Second, Lease: time.Minute}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(c *Config){
		"oci.streaming.timeout":  func(c *Config) { c.Timeout = time.Hour },
		"oci.streaming.lease":    func(c *Config) { c.Lease = time.Millisecond },
		"oci.streaming.endpoint": func(c *Config) { c.Endpoint = "streams" },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
