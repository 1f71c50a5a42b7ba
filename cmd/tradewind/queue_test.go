package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/app"
	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/queue"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/oversight"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
)

// booth is an operator before a database with three dead letters.
func booth(t *testing.T) (*oversight.Service, func(words ...string) (string, error)) {
	t.Helper()
	c, _, err := app.Load("queue", []string{"-db.path=" + filepath.Join(t.TempDir(), "shop.db"), "-token.secret-file=" + filepath.Join(t.TempDir(), "token")}, nil, nil)
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
	q, err := c.OpenQueue(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &oversight.Service{DB: db, Queue: q, Now: func() time.Time { return noon }}
	err = db.InTx(t.Context(), func(tx store.Stores) error {
		for i := range 3 {
			j := queue.Job{Channel: "mail", Kind: "receipts", ID: fmt.Sprint(i), Body: json.RawMessage(`{}`)}
			if err := tx.Letters.Bury(t.Context(), queue.Letter{Job: j, Deliveries: 12, LastError: "no route", PutAt: noon, DiedAt: noon}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, func(words ...string) (string, error) {
		var out bytes.Buffer
		err := lookAfterQueue(context.Background(), s, &out, words)
		return out.String(), err
	}
}

func TestAnOperatorSeesReplaysAndDropsDeadJobs(t *testing.T) {
	s, say := booth(t)
	out, err := say("list")
	for _, want := range []string{"mail: 0 wait, 0 are worked on", "3 are dead", "receipts/1 on mail, put 2026-03-01T12:00:00Z, 12 deliveries: no route"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("list says %q, %v, want %q", out, err, want)
		}
	}
	if _, err := say("drop", "receipts/0"); err != nil {
		t.Errorf("drop: %v", err)
	}
	for _, words := range [][]string{{"drop", "receipts/0"}, {"replay", "receipts/0"}} {
		if _, err := say(words...); fault.Code(err) != "letter-not-found" {
			t.Errorf("%v again: %v", words, err)
		}
	}
	if _, err := say("replay", "receipts/1"); err != nil {
		t.Errorf("replay: %v", err)
	}
	if out, err := say("replay", "all"); err != nil || !strings.Contains(out, "1 jobs") {
		t.Errorf("replay all says %q, %v", out, err)
	}
	if out, err := say("list"); err != nil || !strings.Contains(out, "mail: 2 wait") || !strings.Contains(out, "0 are dead") {
		t.Errorf("list says %q, %v", out, err)
	}
	if _, err := say("replay"); err == nil || !strings.Contains(err.Error(), "tradewind queue list") {
		t.Errorf("half a sentence: %v", err)
	}
	for id, action := range map[string]string{"0": "queue.drop", "1": "queue.replay", "2": "queue.replay"} {
		page, err := s.DB.Read().Audit.Page(t.Context(), audit.ChainOf(id), 0, 10)
		if err != nil || len(page) == 0 || !strings.Contains(fmt.Sprint(page), action) {
			t.Errorf("the audit of %s: %v, %v", id, page, err)
		}
	}
}
