package integration

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/app"
	"tradewind/internal/service/oversight"
	"tradewind/internal/store/tablequeue"
)

const workOCID = "ocid1.queue.oc1.eu-frankfurt-1.aaaashop"

// inOCI lets the program keep its work in our stand-in of OCI Queue.
func inOCI(t *testing.T, server *ocitest.Server) func(c *app.Config) {
	t.Helper()
	profile := ocitest.Profile(t)
	return func(c *app.Config) {
		c.OCI.Auth, c.OCI.File = "config", profile
		c.Queue.Engine, c.Queue.OCI.ID, c.Queue.OCI.Control, c.Queue.Work.Wait = "oci", workOCID, server.URL, time.Second
	}
}

// The confirmation goes by OCI Queue, which throttles, loses answers and is told
// the same twice; the shopper gets one.
func TestMailGoesByOCIQueueOnce(t *testing.T) {
	server := ocitest.New(t)
	server.AddQueue(workOCID, ocitest.QueueSettings{DeadLetterCount: 20})
	s := openShop(t, inOCI(t, server))
	server.Spoil(ocitest.Throttle("PutMessages", 1))
	server.Spoil(ocitest.Mishap{Operation: "PutMessages", Lose: true})
	server.Spoil(ocitest.Mishap{Operation: "PutMessages", Twice: true})
	server.Spoil(ocitest.Mishap{Operation: "DeleteMessages", Lose: true})
	o := s.placed(t, "MU01-ALMA-SAND")
	s.pays(t, o, "tok_ok", 200, "")
	eventually(t, "the letter is put three times, worked on, and taken from the queue", func() bool {
		alive, _ := server.QueueSize(workOCID)
		return server.Calls("PutMessages") >= 3 && alive == 0
	})
	if text, n := s.mails(t); n != 1 || !strings.Contains(text, "ada@example.com") {
		t.Errorf("%d mails: %s", n, text)
	}
	if seen, err := s.db.Read().Letters.Count(t.Context(), "mail"); err != nil || seen != 0 {
		t.Errorf("%d dead letters, %v", seen, err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

// withoutMail takes the mail folder away until the function it returns is called.
func (s *shop) withoutMail(t *testing.T) (back func()) {
	t.Helper()
	mail, aside := filepath.Join(s.dir, "mail"), filepath.Join(s.dir, "aside")
	if err := os.Rename(mail, aside); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mail, nil, 0o600); err != nil { // no folder can be made there
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(os.Remove(mail), os.Rename(aside, mail)); err != nil {
			t.Fatal(err)
		}
	}
}

// replays puts a dead letter of the table back.
func (s *shop) replays(t *testing.T, key string) {
	t.Helper()
	now := func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	operator := &oversight.Service{DB: s.db, Queue: tablequeue.New(s.db, now, time.Second), Now: now}
	if err := operator.ReplayJob(t.Context(), key, "operator"); err != nil {
		t.Fatal(err)
	}
}

// The mail folder is away; the letter dies, is listed, and is sent when an
// operator puts it back.
func TestADeadMailIsSentWhenItIsReplayed(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Queue.Work.MaxDeliveries, c.Queue.Poll = 1, 20*time.Millisecond })
	back := s.withoutMail(t)
	o := s.placed(t, "MU01-ALMA-SAND")
	s.pays(t, o, "tok_ok", 200, "")
	var key string
	eventually(t, "the confirmation is a dead letter", func() bool {
		list, err := s.db.Read().Letters.List(t.Context(), "mail", "", 10)
		if err == nil && len(list) == 1 {
			key = list[0].Key()
		}
		return key != ""
	})
	if !strings.HasPrefix(key, "receipts/") {
		t.Errorf("the letter is %s", key)
	}
	back()
	d := dock{s, s.people(t, "staff", map[string]string{})}
	if list := d.does(t, 200, "GET", "/v1/admin/dead-jobs?channel=mail", ""); !strings.Contains(string(list.body), strings.TrimPrefix(key, "receipts/")) || strings.Contains(string(list.body), "payload") {
		t.Errorf("staff see %s", list.body)
	}
	d.does(t, 204, "POST", "/v1/admin/dead-jobs/"+key+"/replay", "")
	d.does(t, 404, "POST", "/v1/admin/dead-jobs/"+key+"/replay", "")
	d.does(t, 404, "DELETE", "/v1/admin/dead-jobs/"+key, "")
	eventually(t, "the confirmation is in the mail folder", func() bool { _, n := s.mails(t); return n == 1 })
	for _, series := range []string{`tradewind_queue_handled_total{channel="mail"`, `tradewind_queue_buried_total{channel="mail"`} {
		if _, text := fetch(t, s.OpsURL+"/metrics"); !strings.Contains(text, series) {
			t.Errorf("metrics have no %s", series)
		}
	}
}
