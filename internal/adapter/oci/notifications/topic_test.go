package notifications

import (
	"flag"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/alerttest"
	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/domain/notify"
	"tradewind/internal/platform/fault"
)

const topic = "ocid1.onstopic.oc1.eu-frankfurt-1.operators"

func config(server *ocitest.Server) (c Config) {
	c.Flags(flag.NewFlagSet("", flag.PanicOnError))
	c.Topic, c.Endpoint, c.Timeout = topic, server.URL, 200*time.Millisecond
	return c
}

func open(t *testing.T) (*ocitest.Server, *Topic) {
	t.Helper()
	server := ocitest.New(t)
	server.AddTopic(topic, "ACTIVE")
	x, err := Open(t.Context(), config(server), ocitest.Provider())
	if err != nil {
		t.Fatal(err)
	}
	x.retry = oci.Retry{Attempts: 4, First: time.Millisecond, Longest: 4 * time.Millisecond}
	return server, x
}

func TestConformance(t *testing.T) {
	alerttest.Run(t, func(t *testing.T) alerttest.Fixture {
		server, x := open(t)
		return alerttest.Fixture{Alerts: x, Sent: func() (list []notify.Alert) {
			for _, n := range server.Notices(topic) {
				list = append(list, notify.Alert{Title: n.Title, Text: n.Body})
			}
			return list
		}}
	})
}

func TestAnAlertSurvivesAServiceThatIsBusyAndSaysWhenItIsAway(t *testing.T) {
	server, x := open(t)
	a := notify.Alert{ID: "1", Title: "dead", Text: "look"}
	server.Spoil(ocitest.Throttle("PublishMessage", 2))
	if err := x.Alert(t.Context(), a); err != nil || len(server.Notices(topic)) != 1 {
		t.Errorf("busy: %d arrived, %v", len(server.Notices(topic)), err)
	}
	server.Spoil(ocitest.Mishap{Operation: "PublishMessage", Times: 4, Failure: ocitest.Failure{Status: 500, Code: "InternalServerError", Message: "broken"}})
	if err := x.Alert(t.Context(), a); fault.KindOf(err) != fault.Unavailable || fault.Code(err) != "alerts-unavailable" {
		t.Errorf("away: %v", err)
	}
}

func TestOpeningSaysWhatIsWrong(t *testing.T) {
	server := ocitest.New(t)
	server.AddTopic(topic, "DELETING")
	if _, err := Open(t.Context(), config(server), ocitest.Provider()); err == nil || !strings.Contains(err.Error(), "is DELETING") {
		t.Errorf("a topic that goes: %v", err)
	}
	c := config(server)
	c.Topic += "x"
	if _, err := Open(t.Context(), c, ocitest.Provider()); err == nil || !strings.Contains(err.Error(), "cannot be read; it must exist") {
		t.Errorf("another topic: %v", err)
	}
	for want, change := range map[string]func(c *Config){"oci.notifications.topic": func(c *Config) { c.Topic = "ops" }, "oci.notifications.timeout": func(c *Config) { c.Timeout = 0 }, "oci.notifications.endpoint": func(c *Config) { c.Endpoint = "x" }} {
		c := config(server)
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
