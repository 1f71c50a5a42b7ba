package integration

import (
	"bytes"
	"image"
	"image/png"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tradewind/internal/adapter/faultytest"
	"tradewind/internal/adapter/oci/objects"
	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/adapter/opensearchtest"
	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/app"
)

// ways are how a dependency misbehaves.
var ways = []string{faultytest.Slow, faultytest.Refusing, faultytest.Resetting, faultytest.Silent}

func TestShoppersDoNotNoticeThatRedisIsAway(t *testing.T) {
	server := miniredis.RunT(t)
	front := faultytest.New(t, server.Addr())
	s := openShop(t, func(c *app.Config) {
		onMiniredis(server)(c)
		onMiniredis(server)(c)
		c.Redis.Addr, c.Redis.Timeout, c.HTTP.CacheFor, c.HTTP.LimitBrowsing, c.HTTP.LimitCheckout = front.Addr, 200*time.Millisecond, time.Second, 1e6, 1e6
	})
	c, long := s.crowd(t, ""), phaseFor(t)
	c.during(t, "well", long/2).well(t, "browse", "order", "pay")
	for _, how := range ways {
		front.Behave(t, how)
		c.during(t, how, long).well(t, "browse", "order", "pay")
		if s.metric(t, "tradewind_redis_left_alone") != 1 {
			t.Errorf("%s: the metrics do not tell that Redis is left alone", how)
		}
		s.ready(t)
		front.Behave(t, faultytest.Well)
		eventually(t, "Redis is used again", func() bool { return s.metric(t, "tradewind_redis_left_alone") == 0 })
	}
	c.during(t, "afterwards", long/2).well(t, "browse", "order", "pay")
	c.home(t)
}

func TestWhileTheProviderIsAwayOnlyPayingWaits(t *testing.T) {
	hook, err := net.Listen("tcp", "127.0.0.1:0") // kept until the shop takes it
	if err != nil {
		t.Fatal(err)
	}
	at := hook.Addr().String()
	own, err := sandboxpay.Config{Addr: "127.0.0.1:0", Key: payKey, WebhookSecret: hookSigns, Timeout: time.Second}.Listen("http://" + at + "/v1/webhooks/sandboxpay")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Close() })
	front := faultytest.New(t, strings.TrimPrefix(own.URL, "http://"))
	front.Slowness = 1500 * time.Millisecond
	hook.Close()
	s := openShop(t, func(c *app.Config) {
		c.HTTPAddr, c.Sandbox.URL, c.Sandbox.Timeout, c.ReconcileAge = at, "http://"+front.Addr, time.Second, 500*time.Millisecond
	})
	c, long := s.crowd(t, ""), phaseFor(t)
	c.during(t, "well", long/2).well(t, "browse", "order", "pay")
	for _, how := range ways {
		front.Behave(t, how)
		p := c.during(t, how, long)
		p.well(t, "browse", "order")
		if n := p.failed("pay"); n != p.codes["pay payment-outcome-unknown"] {
			t.Errorf("%s: paying failed with %v", how, p.codes)
		}
		if took := p.slowest("pay"); took > 5*time.Second {
			t.Errorf("%s: somebody waited %v to be told", how, took)
		}
		s.ready(t)
		front.Behave(t, faultytest.Well)
		o := s.placed(t, "MU01-ALMA-RUST")
		eventually(t, "orders can be paid again", func() bool { return c.pay(o) })
	}
	c.during(t, "afterwards", long/2).well(t, "browse", "order", "pay")
	c.home(t)
	if len(c.unpaid) == 0 {
		t.Error("nobody noticed; that proves little")
	}
}

func TestWhileTheSearchClusterIsAwayTheDatabaseAnswers(t *testing.T) {
	cluster, name := opensearchtest.Open(t)
	front := faultytest.New(t, strings.TrimPrefix(cluster, "http://"))
	front.Slowness = 3 * time.Second
	s := openShop(t, func(c *app.Config) {
		c.SearchEngine, c.Cluster.URLs, c.Cluster.Index, c.Cluster.SearchWithin = "opensearch", "http://"+front.Addr, name, time.Second
	})
	s.indexed(t)
	c, long := s.crowd(t, ""), phaseFor(t)
	c.during(t, "well", long/2).well(t, "browse", "order", "pay")
	for _, how := range ways {
		front.Behave(t, how)
		was := s.metric(t, "tradewind_search_degraded_total")
		p := c.during(t, how, long)
		p.well(t, "browse", "order", "pay")
		if took := p.slowest("browse"); took > 4*time.Second {
			t.Errorf("%s: somebody waited %v for a page", how, took)
		}
		if s.metric(t, "tradewind_search_degraded_total") == was {
			t.Errorf("%s: the metrics do not tell that the database answers", how)
		}
		s.ready(t)
		front.Behave(t, faultytest.Well)
		eventually(t, "the cluster answers again", func() bool { return !s.find(t, "q=mug&facets=true").Degraded })
	}
	c.during(t, "afterwards", long/2).well(t, "browse", "order", "pay")
	c.home(t)
}

func TestWhileTheObjectStoreIsAwayOnlyPicturesAreMissing(t *testing.T) {
	server := ocitest.New(t)
	server.AddBucket("shop", "media")
	front := faultytest.New(t, strings.TrimPrefix(server.URL, "http://"))
	front.Slowness = 3 * time.Second
	s := openShop(t, func(c *app.Config) {
		c.OCI.Auth, c.OCI.File, c.Objects.Store = "config", ocitest.Profile(t), "oci"
		c.Objects.Bucket = objects.Config{Namespace: "shop", Bucket: "media", Endpoint: "http://" + front.Addr, Timeout: time.Second}
	})
	var photo bytes.Buffer
	if err := png.Encode(&photo, image.NewGray(image.Rect(0, 0, 200, 100))); err != nil {
		t.Fatal(err)
	}
	staff := s.people(t, "staff", map[string]string{})
	a := s.ask(t, "POST", "/v1/admin/media", photo.String(), "Authorization", "Bearer "+staff, "Content-Type", "image/png")
	var added struct{ Address string }
	if a.into(t, &added); added.Address == "" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	c, long := s.crowd(t, added.Address), phaseFor(t)
	c.during(t, "well", long/2).well(t, "browse", "order", "pay", "picture")
	for _, how := range ways {
		front.Behave(t, how)
		c.during(t, how, long).well(t, "browse", "order", "pay")
		if how == faultytest.Silent {
			eventually(t, "a picture fails at once", func() bool {
				began := time.Now()
				return s.file(t, added.Address).status >= 500 && time.Since(began) < 200*time.Millisecond && s.metric(t, `tradewind_oci_left_alone{service="objects"}`) == 1
			})
		}
		s.ready(t)
		front.Behave(t, faultytest.Well)
		eventually(t, "the picture is there again", func() bool { return s.file(t, added.Address).status == 200 })
	}
	c.during(t, "afterwards", long/2).well(t, "browse", "order", "pay", "picture")
	c.home(t)
}

func TestWhileQueueAndStreamAreAwayWorkWaitsAndNothingIsLost(t *testing.T) {
	server := ocitest.New(t)
	server.AddQueue(workOCID, ocitest.QueueSettings{DeadLetterCount: 100})
	facts := server.AddStream("facts", 2)
	front := faultytest.New(t, strings.TrimPrefix(server.URL, "http://"))
	front.Slowness = 3 * time.Second
	server.URL = "http://" + front.Addr // where it says that its messages are
	s := openShop(t, func(c *app.Config) {
		inOCI(t, server)(c)
		c.Stream.Engine, c.Stream.Far.Stream, c.Stream.Far.Endpoint = "oci", facts, server.URL
		c.Queue.OCI.Timeout, c.Stream.Far.Timeout = time.Second, time.Second
		c.Queue.Work.MaxDeliveries = 99
		c.Worker.MaxAttempts = 1000
	})
	c, long := s.crowd(t, ""), phaseFor(t)
	c.during(t, "well", long/2).well(t, "browse", "order", "pay")
	for _, how := range ways {
		front.Behave(t, how)
		c.during(t, how, long).well(t, "browse", "order", "pay")
		s.ready(t)
		front.Behave(t, faultytest.Well)
	}
	c.during(t, "afterwards", long/2).well(t, "browse", "order", "pay")
	c.home(t)
	within(t, 2*time.Minute, "each order has its confirmation", func() bool { _, n := s.mails(t); return n == len(c.orders) })
}

func TestShoppersDoNotNoticeThatNobodyTakesTracesAway(t *testing.T) {
	c := collect(t, "")
	front := faultytest.New(t, strings.TrimPrefix(c.URL, "http://"))
	s := openShop(t, func(x *app.Config) {
		x.Trace.Endpoint, x.Trace.Sample, x.Trace.Timeout = "http://"+front.Addr+"/v1/traces", 1, time.Second
	})
	shoppers, long := s.crowd(t, ""), phaseFor(t)
	for _, how := range ways {
		front.Behave(t, how)
		shoppers.during(t, how, long).well(t, "browse", "order", "pay")
		s.ready(t)
	}
	shoppers.home(t)
	eventually(t, "the log tells of it", func() bool { return strings.Contains(s.log.String(), "spans were not sent") })
}
