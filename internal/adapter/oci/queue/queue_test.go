package queue

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	sdk "github.com/oracle/oci-go-sdk/v65/queue"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/adapter/queuetest"
	port "tradewind/internal/domain/queue"
	"tradewind/internal/platform/fault"
)

const ocid = "ocid1.queue.oc1.eu-frankfurt-1.aaaatest"

var needs = Needs{Deliveries: 5, Remember: 24 * time.Hour}

func open(t *testing.T, how ocitest.QueueSettings) (*ocitest.Server, *Queue) {
	t.Helper()
	server := ocitest.New(t)
	server.AddQueue(ocid, how)
	q, err := Open(t.Context(), Config{ID: ocid, Control: server.URL, Timeout: time.Second, Request: 256 << 10}, needs, ocitest.Provider())
	if err != nil {
		t.Fatal(err)
	}
	q.retry = oci.Retry{Attempts: 4, First: time.Millisecond, Longest: 4 * time.Millisecond}
	return server, q
}

func TestConformance(t *testing.T) {
	queuetest.Run(t, func(t *testing.T) queuetest.Fixture {
		server, q := open(t, ocitest.QueueSettings{})
		return queuetest.Fixture{Queue: q, Later: server.PassQueues}
	})
}

// Everything but putting may also be done twice, or be done and not be told.
func TestConformanceOfAServiceThatMisbehaves(t *testing.T) {
	queuetest.Run(t, func(t *testing.T) queuetest.Fixture {
		server, q := open(t, ocitest.QueueSettings{})
		sick := ocitest.Failure{Status: 503, Code: "ServiceUnavailable", Message: "later"}
		for range 300 {
			for _, operation := range []string{"PutMessages", "GetMessages", "UpdateMessages", "DeleteMessages", "GetStats"} {
				server.Spoil(ocitest.Throttle(operation, 1))
				server.Spoil(ocitest.Mishap{Operation: operation, Failure: sick})
				server.Spoil(ocitest.Mishap{Operation: operation, Delay: time.Nanosecond})
				if operation != "PutMessages" {
					server.Spoil(ocitest.Mishap{Operation: operation, Lose: true})
					server.Spoil(ocitest.Mishap{Operation: operation, Twice: true})
				}
				server.Spoil(ocitest.Mishap{Operation: operation, Delay: time.Nanosecond, Times: 3})
			}
		}
		return queuetest.Fixture{Queue: q, Later: server.PassQueues}
	})
}

func TestAJobWhoseAnswerGotLostComesTwiceUnderOneID(t *testing.T) {
	for name, m := range map[string]ocitest.Mishap{"lost": {Operation: "PutMessages", Lose: true}, "doubled": {Operation: "PutMessages", Twice: true}} {
		server, q := open(t, ocitest.QueueSettings{})
		server.Spoil(m)
		if err := q.Put(t.Context(), []port.Job{queuetest.Job("a", 1)}); err != nil {
			t.Fatal(err)
		}
		list, err := q.Get(t.Context(), "a", 5, time.Minute, 0)
		if err != nil || len(list) != 2 || list[0].Key() != list[1].Key() || list[0].Receipt == list[1].Receipt {
			t.Errorf("%s: %d come, %v", name, len(list), err)
		}
	}
}

func TestWhatDoesNotPassIsTold(t *testing.T) {
	server, q := open(t, ocitest.QueueSettings{})
	server.Spoil(ocitest.Throttle("PutMessages", 99))
	err := q.Put(t.Context(), []port.Job{queuetest.Job("a", 1)})
	if fault.Code(err) != "queue-unavailable" || fault.KindOf(err) != fault.Unavailable || server.Calls("PutMessages") != 4 {
		t.Errorf("Put: %v after %d calls, want queue-unavailable after 4", err, server.Calls("PutMessages"))
	}
	server.Spoil(ocitest.Mishap{Operation: "GetStats", Failure: ocitest.Failure{Status: 404, Code: "NotAuthorizedOrNotFound", Message: "no policy"}})
	if _, err := q.Look(t.Context(), "a"); fault.Code(err) != "queue-unavailable" || server.Calls("GetStats") != 1 {
		t.Errorf("Look: %v after %d calls, want queue-unavailable after one", err, server.Calls("GetStats"))
	}
}

// Large jobs go in as few requests as their bytes on the wire allow.
func TestARequestIsNotLargerThanItMayBe(t *testing.T) {
	for letter, want := range map[string]int{"x": 3, "<": 9} { // which the SDK writes in six bytes
		server, q := open(t, ocitest.QueueSettings{})
		var jobs []port.Job
		for i := range 9 {
			j := queuetest.Job("a", i)
			j.Body = []byte(`{"a":"` + strings.Repeat(letter, 60_000) + `"}`)
			jobs = append(jobs, j)
		}
		if err := q.Put(t.Context(), jobs); err != nil || server.Calls("PutMessages") != want {
			t.Errorf("%d requests, %v; want %d", server.Calls("PutMessages"), err, want)
		}
		if alive, _ := server.QueueSize(ocid); alive != 9 {
			t.Errorf("%d messages", alive)
		}
	}
}

func TestWhatOthersPutComesAsForeign(t *testing.T) {
	_, q := open(t, ocitest.QueueSettings{})
	for i, text := range []string{"hello", `{"kind":"Letters","id":"1","body":{}}`, `{"kind":"letters","id":"1","body":7}`} {
		_, err := q.client.PutMessages(t.Context(), sdk.PutMessagesRequest{QueueId: q.id, PutMessagesDetails: sdk.PutMessagesDetails{
			Messages: []sdk.PutMessagesDetailsEntry{{Content: &text, Metadata: &sdk.MessageMetadata{ChannelId: common.String("a")}}}}})
		if err != nil {
			t.Fatal(err)
		}
		list, err := q.Get(t.Context(), "a", 1, time.Minute, 0)
		if err != nil || len(list) != 1 || list[0].Kind != Foreign || list[0].ID != fmt.Sprint(i+1) || list[0].Check() != nil || !strings.Contains(string(list[0].Body), "content") {
			t.Errorf("%s comes as %+v, %v", text, list, err)
		}
	}
}

// The service's own dead-letter queue is a net below ours: Look tells what fell into it.
func TestWhatTheServiceGaveUpIsCounted(t *testing.T) {
	server, q := open(t, ocitest.QueueSettings{DeadLetterCount: 6})
	if err := q.Put(t.Context(), []port.Job{queuetest.Job("a", 1)}); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		if list, err := q.Get(t.Context(), "a", 1, time.Second, 0); err != nil || len(list) != 1 || list[0].Deliveries != int64(i+1) {
			t.Fatalf("delivery %d: %+v, %v", i+1, list, err)
		}
		server.PassQueues(2 * time.Second)
	}
	if list, err := q.Get(t.Context(), "a", 1, time.Second, 0); err != nil || len(list) != 0 {
		t.Errorf("a seventh delivery: %+v, %v", list, err)
	}
	if d, err := q.Look(t.Context(), "a"); err != nil || d.Lost != 1 || d.Waiting+d.Hidden != 0 {
		t.Errorf("Look = %+v, %v", d, err)
	}
}

func TestOpeningSaysWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		id   string
		how  ocitest.QueueSettings
		want string
	}{
		"no id":            {"", ocitest.QueueSettings{}, "oci.queue.id is empty"},
		"another":          {"ocid1.queue.other", ocitest.QueueSettings{}, "oci.queue.id ocid1.queue.other cannot be read"},
		"gives up early":   {ocid, ocitest.QueueSettings{DeadLetterCount: 5}, "above queue.max-deliveries (5)"},
		"keeps for longer": {ocid, ocitest.QueueSettings{Retention: 48 * time.Hour}, "worker.keep-done (24h0m0s)"},
		"is going":         {ocid, ocitest.QueueSettings{State: "DELETING"}, "is DELETING"},
	} {
		server := ocitest.New(t)
		server.AddQueue(ocid, tc.how)
		_, err := Open(t.Context(), Config{ID: tc.id, Control: server.URL, Timeout: time.Second, Request: 256 << 10}, needs, ocitest.Provider())
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	for want, change := range map[string]func(c *Config){
		"":                           func(*Config) {},
		"oci.queue.timeout":          func(c *Config) { c.Timeout = 0 },
		"oci.queue.request-bytes":    func(c *Config) { c.Request = 1000 },
		"oci.queue.endpoint":         func(c *Config) { c.Endpoint = "cell-1" },
		"oci.queue.control-endpoint": func(c *Config) { c.Control = "https://a/b" },
	} {
		var c Config
		c.Flags(flag.NewFlagSet("", flag.PanicOnError))
		change(&c)
		if err := c.Validate(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
