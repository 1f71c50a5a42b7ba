package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/queue"
	"tradewind/internal/store"
	"tradewind/internal/store/tablequeue"
)

// desk is a bench with a queue and a runner whose only consumer, "letters", does
// as it is told.
type desk struct {
	*bench
	runner *Runner
	passed atomic.Int64 // what the clock of the queue is ahead of noon
	do     func(ctx context.Context, m outbox.Message) error

	mu   sync.Mutex
	done []string
}

func (d *desk) now() time.Time        { return noon.Add(time.Duration(d.passed.Load())) }
func (d *desk) later(t time.Duration) { d.passed.Add(int64(t)) }

func newDesk(t *testing.T) *desk {
	d := &desk{bench: newBench(t)}
	d.Queue = tablequeue.New(d.DB, d.now, 5*time.Millisecond)
	d.Consumers = []Consumer{Consumer{Name: "letters", Topics: []string{"test"}, Handle: func(ctx context.Context, m outbox.Message) error {
		if d.do != nil {
			if err := d.do(ctx, m); err != nil {
				return err
			}
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.done = append(d.done, fmt.Sprintf("%s/%d", m.Aggregate, m.Seq))
		return nil
	}}.On("mail")}
	runners := Runners(d.Consumers, func(channel string, of []Consumer) *Runner {
		return &Runner{DB: d.DB, Queue: d.Queue, Channel: channel, Consumers: of, Now: d.now, Log: d.Log, Pause: time.Millisecond,
			Config: QueueConfig{Parallel: 4, Visible: 30 * time.Second, Longest: time.Minute, MaxDeliveries: 3, Wait: time.Second}}
	})
	if len(runners) != 1 || runners[0].Channel != "mail" {
		t.Fatalf("runners: %+v", runners)
	}
	d.runner = runners[0]
	return d
}

// take is what a runner would get now.
func (d *desk) take(t *testing.T) []queue.Delivery {
	t.Helper()
	list, err := d.Queue.Get(t.Context(), "mail", 10, 30*time.Second, 0)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// work handles what there is, one after the other.
func (d *desk) work(t *testing.T) int {
	t.Helper()
	list := d.take(t)
	for _, j := range list {
		d.runner.work(t.Context(), j)
	}
	return len(list)
}

func (d *desk) empty(t *testing.T) bool {
	t.Helper()
	got, err := d.Queue.Look(t.Context(), "mail")
	if err != nil {
		t.Fatal(err)
	}
	return got.Waiting+got.Hidden == 0
}

func (d *desk) letters(t *testing.T) []queue.Letter {
	t.Helper()
	list, err := d.DB.Read().Letters.List(t.Context(), "mail", "", 10)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAnEventGoesByTheQueueAndIsHandledOnce(t *testing.T) {
	d := newDesk(t)
	d.add(t, "a", 1, 2)
	if got := d.deliver(t); len(got) != 0 || len(d.done) != 0 || d.backlog(t).Pending != 0 {
		t.Errorf("the relay called %v, done %v, backlog %+v", got, d.done, d.backlog(t))
	}
	d.later(7 * time.Second)
	d.work(t)
	if waited := time.Duration(d.runner.Waited.Load()); waited != 7*time.Second {
		t.Errorf("it had waited %v", waited)
	}
	slices.Sort(d.done)
	if want := []string{"a/1", "a/2"}; !slices.Equal(d.done, want) || !d.empty(t) || d.runner.Handled.Load() != 2 {
		t.Errorf("done %v, want %v; empty: %v", d.done, want, d.empty(t))
	}
}

// refusing is a queue that takes nothing.
type refusing struct {
	queue.Queue
	err error
}

func (r refusing) Put(context.Context, []queue.Job) error { return r.err }

func TestAnEventWhoseJobIsNotTakenIsTriedAgain(t *testing.T) {
	d := newDesk(t)
	d.Consumers = append(d.Consumers, Consumer{Name: "index", Topics: []string{"test"}, Handle: func(context.Context, outbox.Message) error { d.seen = append(d.seen, "index"); return nil }})
	whole := d.Queue
	d.Queue = refusing{whole, errors.New("not now")}
	d.add(t, "a", 1)
	if got := d.deliver(t); !slices.Equal(got, []string{"index"}) || d.backlog(t).Pending != 1 {
		t.Errorf("called %v, backlog %+v", got, d.backlog(t))
	}
	d.Queue = whole
	d.at = d.at.Add(time.Minute)
	if got := d.deliver(t); len(got) != 0 || d.backlog(t).Pending != 0 {
		t.Errorf("called again: %v, backlog %+v", got, d.backlog(t))
	}
	if d.work(t) != 1 || !slices.Equal(d.done, []string{"a/1"}) {
		t.Errorf("done %v", d.done)
	}
}

// An event that comes again because of another consumer brings no second job,
// and not one for what was handled before there was a queue.
func TestARepeatOfAnEventBringsNoSecondJob(t *testing.T) {
	d := newDesk(t)
	fail := errors.New("not now")
	d.Consumers = append(d.Consumers, Consumer{Name: "index", Topics: []string{"test"}, Handle: func(context.Context, outbox.Message) error { return fail }})
	d.add(t, "a", 1)
	d.deliver(t)
	d.at = d.at.Add(time.Minute)
	d.deliver(t)
	jobs := d.take(t)
	if len(jobs) != 1 {
		t.Fatalf("%d jobs after two deliveries", len(jobs))
	}
	d.in(t, func(tx store.Stores) error { // as a release without queues has left it
		_, err := tx.Inbox.First(t.Context(), "letters", jobs[0].ID, d.now())
		return err
	})
	d.later(time.Minute)
	if d.work(t) != 1 || len(d.done) != 0 || !d.empty(t) {
		t.Errorf("done %v though it had been done; empty: %v", d.done, d.empty(t))
	}
}

func TestTwoCopiesOfAJobHaveOneEffect(t *testing.T) {
	d := newDesk(t)
	d.add(t, "a", 1)
	d.deliver(t)
	first := d.take(t)[0]
	if err := d.Queue.Put(t.Context(), []queue.Job{first.Job}); err != nil {
		t.Fatal(err)
	}
	copied := d.take(t)[0]
	d.do = func(ctx context.Context, _ outbox.Message) error {
		d.do = nil
		d.runner.work(ctx, copied) // arrives while the first is worked on
		return nil
	}
	d.runner.work(t.Context(), first)
	if len(d.done) != 1 || d.empty(t) {
		t.Errorf("done %v; empty: %v", d.done, d.empty(t))
	}
	d.later(time.Second)
	if d.work(t) != 1 || len(d.done) != 1 || !d.empty(t) {
		t.Errorf("after the copy came a second later: done %v; empty: %v", d.done, d.empty(t))
	}
}

func TestAJobThatFailsTooOftenIsADeadLetterWithItsReason(t *testing.T) {
	for name, spoil := range map[string]func() error{"fails": func() error { return errors.New("poison") }, "panics": func() error { panic("poison") }} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.do = func(context.Context, outbox.Message) error { return spoil() }
			d.add(t, "a", 1)
			d.deliver(t)
			for n := range d.runner.Config.MaxDeliveries {
				if got := d.work(t); got != 1 || len(d.letters(t)) != int(n/(d.runner.Config.MaxDeliveries-1)) {
					t.Fatalf("delivery %d: %d came, %d letters", n+1, got, len(d.letters(t)))
				}
				if d.work(t) != 0 {
					t.Fatal("it comes again at once")
				}
				d.later(10 * time.Minute)
			}
			if l := d.letters(t)[0]; !strings.Contains(l.LastError, "poison") || l.Deliveries != 3 || !d.empty(t) || d.runner.Buried.Load() != 1 {
				t.Errorf("letter %+v; empty: %v", l, d.empty(t))
			}
		})
	}
}

// A job that ends the process is seen only by how often it was delivered.
func TestAJobThatNeverEndsIsNotBegunForEver(t *testing.T) {
	d := newDesk(t)
	d.add(t, "a", 1)
	d.deliver(t)
	for range d.runner.Config.MaxDeliveries {
		d.take(t)
		d.later(time.Minute)
	}
	if d.work(t) != 1 || len(d.done) != 0 || len(d.letters(t)) != 1 || !d.empty(t) {
		t.Errorf("done %v, letters %v", d.done, d.letters(t))
	}
}

func TestWhatNobodyKnowsEndsAsALetter(t *testing.T) {
	d := newDesk(t)
	if err := d.Queue.Put(t.Context(), []queue.Job{{Channel: "mail", Kind: "foreign", ID: "7", Body: []byte(`{"content":"?"}`)}}); err != nil {
		t.Fatal(err)
	}
	for range d.runner.Config.MaxDeliveries {
		d.work(t)
		d.later(10 * time.Minute)
	}
	if l := d.letters(t); len(l) != 1 || !strings.Contains(l[0].LastError, "nobody works on foreign") {
		t.Errorf("letters %+v", l)
	}
}

func TestLongWorkKeepsItsJobAndLostWorkIsStopped(t *testing.T) {
	d := newDesk(t)
	d.add(t, "a", 1)
	d.deliver(t)
	j := d.take(t)[0]
	d.do = func(ctx context.Context, _ outbox.Message) error {
		for range 3 {
			d.later(25 * time.Second)
			d.runner.keep(ctx)
			if len(d.take(t)) != 0 {
				t.Error("somebody else gets it")
			}
		}
		d.later(time.Minute)
		if len(d.take(t)) != 1 {
			t.Error("nobody gets what was not kept")
		}
		d.runner.keep(ctx)
		<-ctx.Done()
		return ctx.Err()
	}
	d.runner.work(t.Context(), j)
	if len(d.done) != 0 || d.runner.Failed.Load() != 1 {
		t.Errorf("done %v", d.done)
	}
	d.do = nil
	d.later(time.Minute)
	if d.work(t) != 1 || len(d.done) != 1 || !d.empty(t) {
		t.Errorf("whoever has it now: done %v; empty: %v", d.done, d.empty(t))
	}
}

// A stop waits for what has begun and begins nothing more.
func TestAStopLetsWorkEnd(t *testing.T) {
	d := newDesk(t)
	for i := range 8 {
		d.add(t, fmt.Sprint("a", i), 1)
	}
	d.deliver(t)
	begun, goOn := make(chan struct{}, 8), make(chan struct{})
	d.do = func(ctx context.Context, _ outbox.Message) error {
		begun <- struct{}{}
		<-goOn
		return ctx.Err()
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { d.runner.Run(ctx); close(ended) }()
	for range d.runner.Config.Parallel {
		<-begun
	}
	stop()
	close(goOn)
	<-ended
	if len(d.done) != d.runner.Config.Parallel || d.runner.Handled.Load() != int64(d.runner.Config.Parallel) {
		t.Errorf("%d were done, want the %d that had begun", len(d.done), d.runner.Config.Parallel)
	}
	left, err := d.Queue.Look(t.Context(), "mail")
	if err != nil || left.Waiting != 4 || left.Hidden != 0 {
		t.Errorf("left: %+v, %v", left, err)
	}
}

// away is a queue that does not answer at first.
type away struct {
	queue.Queue
	failures atomic.Int64
}

func (a *away) Get(ctx context.Context, channel string, n int, visible, wait time.Duration) ([]queue.Delivery, error) {
	if a.failures.Add(-1) >= 0 {
		return nil, queue.Unavailable(errors.New("away"))
	}
	return a.Queue.Get(ctx, channel, n, visible, wait)
}

func TestWorkGoesOnWhenTheQueueIsBack(t *testing.T) {
	d := newDesk(t)
	d.add(t, "a", 1)
	d.deliver(t)
	q := &away{Queue: d.Queue}
	q.failures.Store(5)
	d.runner.Queue = q
	ctx, stop := context.WithCancel(t.Context())
	d.do = func(context.Context, outbox.Message) error { stop(); return nil }
	d.runner.Run(ctx)
	if !slices.Equal(d.done, []string{"a/1"}) || q.failures.Load() >= 0 {
		t.Errorf("done %v", d.done)
	}
}

func TestSettingsOfQueuesAreChecked(t *testing.T) {
	good := QueueConfig{Parallel: 4, Visible: 30 * time.Second, Longest: time.Minute, MaxDeliveries: 12, Wait: 20 * time.Second}
	for want, change := range map[string]func(c *QueueConfig){
		"":                     func(*QueueConfig) {},
		"queue.parallel":       func(c *QueueConfig) { c.Parallel = 0 },
		"queue.visible":        func(c *QueueConfig) { c.Visible = time.Second },
		"queue.longest":        func(c *QueueConfig) { c.Longest = time.Second },
		"queue.max-deliveries": func(c *QueueConfig) { c.MaxDeliveries = 0 },
		"queue.wait":           func(c *QueueConfig) { c.Wait = time.Minute },
	} {
		c := good
		change(&c)
		if err := c.Validate(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
