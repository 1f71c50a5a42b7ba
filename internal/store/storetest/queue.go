package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"tradewind/internal/domain/queue"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

var queuePromises = map[string]func(t *testing.T, s *shop){
	"dead letters are found by key and by channel, once for each job": letterPages,
	"a letter that died again meanwhile is not forgotten":             letterDiedAgain,
	"a job put in a transaction that fails is not there":              jobRollback,
}

var queueRaces = map[string]func(t *testing.T, s *shop, rounds int){
	"a job is handed to one worker, and buried once": jobClaims,
}

func job(i int) queue.Job {
	return queue.Job{Channel: "orders", Kind: "allocate", ID: fmt.Sprint("job-", i), Body: json.RawMessage(`{"n":1}`)}
}

func letterPages(t *testing.T, s *shop) {
	ctx := context.Background()
	s.in(t, func(tx store.Stores) error {
		for i := range 5 {
			l := queue.Letter{Job: job(i), Deliveries: 3, LastError: "poison", PutAt: s.now(), DiedAt: s.now()}
			if i == 4 {
				l.Channel, l.LastError = "mail", ""
			}
			if err := errors.Join(tx.Letters.Bury(ctx, l), tx.Letters.Bury(ctx, l)); err != nil {
				return err
			}
		}
		return nil
	})
	for channel, want := range map[string]int64{"orders": 4, "mail": 1, "": 5} {
		var seen int64
		for after := ""; ; {
			page, err := s.db.Read().Letters.List(ctx, channel, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, l := range page {
				if l.Key() <= after || channel != "" && l.Channel != channel || l.Deliveries != 3 || string(l.Body) != `{"n":1}` || !l.DiedAt.Equal(s.now()) {
					t.Errorf("%q behind %s: %+v", channel, after, l)
				}
				after = l.Key()
				seen++
			}
		}
		if n, err := s.db.Read().Letters.Count(ctx, channel); seen != want || err != nil || channel != "" && n != want {
			t.Errorf("%q: %d letters are listed, %d counted, want %d, %v", channel, seen, n, want, err)
		}
	}
}

func letterDiedAgain(t *testing.T, s *shop) {
	ctx := context.Background()
	bury := func(why string) queue.Letter {
		l := queue.Letter{Job: job(1), Deliveries: 3, LastError: why, PutAt: s.now(), DiedAt: s.now()}
		s.in(t, func(tx store.Stores) error { return tx.Letters.Bury(ctx, l) })
		return l
	}
	first := bury("first")
	s.pass(time.Second)
	again := bury("again")
	remove := func(l queue.Letter) error {
		return s.db.InTx(ctx, func(tx store.Stores) error { return tx.Letters.Remove(ctx, l.Key(), l.DiedAt) })
	}
	if err := remove(first); fault.Code(err) != "letter-not-found" {
		t.Errorf("the one that died again: %v", err)
	}
	if l, err := s.db.Read().Letters.Get(ctx, again.Key()); err != nil || l.LastError != "again" {
		t.Errorf("Get = %+v, %v", l, err)
	}
	if err := remove(again); err != nil {
		t.Error(err)
	}
	if _, err := s.db.Read().Letters.Get(ctx, again.Key()); fault.Code(err) != "letter-not-found" {
		t.Errorf("a removed one: %v", err)
	}
}

func jobRollback(t *testing.T, s *shop) {
	ctx, no := context.Background(), errors.New("no")
	err := s.db.InTx(ctx, func(tx store.Stores) error {
		return errors.Join(tx.Jobs.Add(ctx, []queue.Job{job(1)}, s.now()), no)
	})
	if due, e := s.db.Read().Jobs.Due(ctx, "orders", s.now()); !errors.Is(err, no) || e != nil || due {
		t.Errorf("due: %v, %v after %v", due, e, err)
	}
}

// jobClaims lets a crowd take the same jobs, and bury each of them.
func jobClaims(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	const n = 10
	for range rounds {
		s.in(t, func(tx store.Stores) error {
			for i := range n {
				if err := tx.Jobs.Add(ctx, []queue.Job{job(i)}, s.now()); err != nil {
					return err
				}
			}
			return nil
		})
		taken := make([][]queue.Delivery, crowd)
		each(crowd, func(i int) {
			err := s.db.InTx(ctx, func(tx store.Stores) (err error) {
				taken[i], err = tx.Jobs.Claim(ctx, "orders", n, s.now(), s.now().Add(time.Minute))
				return err
			})
			for _, d := range taken[i] {
				err = errors.Join(err, s.db.InTx(ctx, func(tx store.Stores) error {
					return errors.Join(tx.Letters.Bury(ctx, queue.Letter{Job: d.Job, Deliveries: 1, PutAt: d.PutAt, DiedAt: s.now()}), tx.Jobs.Delete(ctx, d.Receipt))
				}))
			}
			if err != nil {
				t.Errorf("worker %d: %v", i, err)
			}
		})
		seen := map[string]int{}
		for _, list := range taken {
			for _, d := range list {
				seen[d.Key()]++
			}
		}
		s.pass(2 * time.Minute)
		due, err := s.db.Read().Jobs.Due(ctx, "orders", s.now())
		if count, e := s.db.Read().Letters.Count(ctx, "orders"); len(seen) != n || due || count != n || err != nil || e != nil {
			t.Fatalf("%d of %d jobs were taken, %d buried, left: %v, %v", len(seen), n, count, due, errors.Join(err, e))
		}
		for key, times := range seen {
			if times != 1 {
				t.Fatalf("%s was taken %d times", key, times)
			}
		}
		s.in(t, func(tx store.Stores) error { // what is dead is a finding of verification
			dead, err := tx.Letters.List(ctx, "", "", n)
			for _, l := range dead {
				err = errors.Join(err, tx.Letters.Remove(ctx, l.Key(), l.DiedAt))
			}
			return err
		})
	}
}
