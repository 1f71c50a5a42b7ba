package integration

import (
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/app"
)

const operators = "ocid1.onstopic.oc1.eu-frankfurt-1.operators"

// watched lets the program tell our stand-ins of Monitoring and Notifications.
func watched(t *testing.T, server *ocitest.Server) func(c *app.Config) {
	t.Helper()
	server.AddTopic(operators, "ACTIVE")
	signIn := inOCI(t, server)
	return func(c *app.Config) {
		kept := c.Queue
		signIn(c)
		c.Queue = kept
		m, a := &c.Watch.Metrics, &c.Watch.Alerts
		m.Compartment, m.Endpoint, m.Every = "ocid1.compartment.oc1..shop", server.URL, 50*time.Millisecond
		a.Topic.Topic, a.Topic.Endpoint, a.Every = operators, server.URL, 50*time.Millisecond
	}
}

// posted adds up what Monitoring was told of a metric where a dimension has the value.
func posted(server *ocitest.Server, name, dimension, value string) (sum float64) {
	for _, p := range server.Metrics() {
		if p.Name == name && p.Dimensions[dimension] == value {
			sum += p.Value
		}
	}
	return sum
}

func TestTheWatchedShopTellsWhatItSells(t *testing.T) {
	server := ocitest.New(t)
	server.Spoil(ocitest.Mishap{Operation: "PostMetricData", Times: 4, Failure: ocitest.Failure{Status: 503, Code: "ServiceUnavailable", Message: "away"}})
	s := openShop(t, watched(t, server))
	paid, declined := s.placed(t, "MU01-ALMA-SAND"), s.placed(t, "MU01-ALMA-RUST")
	s.pays(t, declined, "tok_declined", 402, "payment-declined")
	s.pays(t, paid, "tok_ok", 200, "")
	minor := float64(s.look(t, paid).Total)
	eventually(t, "Monitoring knows of both orders and of the money", func() bool {
		return posted(server, "orders_placed", "service", "all") == 2 && posted(server, "orders_paid", "service", "all") == 1 && posted(server, "revenue", "currency", "EUR") == minor &&
			posted(server, "payments_declined", "service", "all") == 1 && posted(server, "carts_begun", "service", "all") == 2 && posted(server, "requests", "kind", "cart") >= 2 && posted(server, "requests", "kind", "checkout") >= 2 && posted(server, "requests", "kind", "payment") >= 2
	})
	if n := posted(server, "requests_failed", "kind", "checkout"); n != 0 {
		t.Errorf("%g requests failed", n)
	}
	if s.metric(t, "tradewind_monitoring_dropped_total") != 0 {
		t.Error("points were dropped")
	}
	last := s.placed(t, "MU01-ALMA-SAND")
	s.becomes(t, last, "placed")
	eventually(t, "the order is counted", func() bool { return s.metric(t, `tradewind_orders_total{became="placed"}`) == 3 })
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if n := posted(server, "orders_placed", "service", "all"); n != 3 {
		t.Errorf("after closing Monitoring knows of %g orders", n)
	}
	if strings.Contains(s.log.String(), "Events are dead") || len(server.Notices(operators)) != 0 {
		t.Errorf("operators are told of a shop that is well: %v", server.Notices(operators))
	}
}

func TestOperatorsOfTheWatchedShopAreToldOfDeadMail(t *testing.T) {
	server := ocitest.New(t)
	server.Spoil(ocitest.Throttle("PublishMessage", 1))
	tell := watched(t, server)
	s := openShop(t, func(c *app.Config) {
		tell(c)
		c.Queue.Work.MaxDeliveries, c.Queue.Poll = 1, 20*time.Millisecond
	})
	back := s.withoutMail(t)
	s.pays(t, s.placed(t, "MU01-ALMA-SAND"), "tok_ok", 200, "")
	eventually(t, "operators are told", func() bool { return len(server.Notices(operators)) > 0 })
	n := server.Notices(operators)[0]
	if n.Title != "Tradewind: Jobs are dead" || !strings.Contains(n.Body, `channel=mail`) || !strings.Contains(n.Body, "tradewind queue list") {
		t.Errorf("they are told %q: %q", n.Title, n.Body)
	}
	eventually(t, "the log says so too", func() bool { return strings.Contains(s.log.String(), `"title":"Tradewind: Jobs are dead"`) })
	looks := server.Calls("PostMetricData")
	eventually(t, "the shop has looked some more", func() bool { return server.Calls("PostMetricData") > looks+20 })
	if got := len(server.Notices(operators)); got != 1 {
		t.Errorf("they are told %d times", got)
	}
	list, err := s.db.Read().Letters.List(t.Context(), "mail", "", 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d dead letters, %v", len(list), err)
	}
	back()
	s.replays(t, list[0].Key())
}
