package worker

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"time"

	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/queue"
	"tradewind/internal/platform/telemetry"
)

// QueueConfig sets how the jobs of a channel are worked on. Flags fills in the defaults.
type QueueConfig struct {
	Parallel      int
	Visible       time.Duration
	Longest       time.Duration
	MaxDeliveries int64
	Wait          time.Duration
}

// Flags declares the settings.
func (c *QueueConfig) Flags(fs *flag.FlagSet) {
	fs.IntVar(&c.Parallel, "queue.parallel", 4, "how many jobs of a channel this process works on at the same time")
	fs.DurationVar(&c.Visible, "queue.visible", 30*time.Second, "how long a job is hidden from others at a time; what takes longer is extended")
	fs.DurationVar(&c.Longest, "queue.longest", 10*time.Minute, "how long a job may take before it is stopped and counts as failed")
	fs.Int64Var(&c.MaxDeliveries, "queue.max-deliveries", 12, "after how many deliveries a job becomes a dead letter")
	fs.DurationVar(&c.Wait, "queue.wait", 20*time.Second, "how long one request waits for jobs")
}

// Validate says what is wrong with a setting and what would work.
func (c QueueConfig) Validate() error {
	switch {
	case c.Parallel < 1 || c.Parallel > 100:
		return fmt.Errorf("queue.parallel is %d; choose 1 to 100", c.Parallel)
	case c.Visible < 3*time.Second || c.Visible > queue.MaxVisible:
		return fmt.Errorf("queue.visible is %v; choose between 3s and %v, such as 30s", c.Visible, queue.MaxVisible)
	case c.Longest < c.Visible || c.Longest > 24*time.Hour:
		return fmt.Errorf("queue.longest is %v; choose between queue.visible (%v) and 24h", c.Longest, c.Visible)
	case c.MaxDeliveries < 1 || c.MaxDeliveries > 1000:
		return fmt.Errorf("queue.max-deliveries is %d; choose 1 to 1000", c.MaxDeliveries)
	case c.Wait < time.Second || c.Wait > queue.MaxWait:
		return fmt.Errorf("queue.wait is %v; choose between 1s and %v", c.Wait, queue.MaxWait)
	}
	return nil
}

// errand is an event on its way to one consumer, as the body of a job.
type errand struct {
	Aggregate string          `json:"aggregate"`
	Seq       int64           `json:"seq"`
	Topic     string          `json:"topic"`
	Payload   json.RawMessage `json:"payload"`
	CreatedAt time.Time       `json:"created_at"`
	Trace     string          `json:"trace,omitempty"`
}

// jobOf is the work that an event means for a consumer with a channel.
func jobOf(ctx context.Context, c Consumer, m outbox.Message) (queue.Job, error) {
	body, err := json.Marshal(errand{m.Aggregate, m.Seq, m.Topic, m.Payload, m.CreatedAt, telemetry.Traceparent(ctx)})
	return queue.Job{Channel: c.Channel, Kind: c.Name, ID: m.ID, Body: body}, err
}

// messageOf is the event that jobOf has put into a job.
func messageOf(d queue.Delivery) (outbox.Message, error) {
	var e errand
	if err := json.Unmarshal(d.Body, &e); err != nil {
		return outbox.Message{}, fmt.Errorf("read job %s: %w", d.Key(), err)
	}
	return outbox.Message{ID: d.ID, Aggregate: e.Aggregate, Seq: e.Seq, Topic: e.Topic, Payload: e.Payload, CreatedAt: e.CreatedAt, Attempts: d.Deliveries, Trace: e.Trace}, nil
}

// queued is the name under which the inbox remembers that the relay has put the
// job of an event that comes again for others. Name itself stands for the work.
func (c Consumer) queued() string { return c.Name + "-queued" }

// put queues the jobs that a batch means for consumers with a channel.
func (r *Relay) put(ctx context.Context, results []result) {
	var jobs []queue.Job
	for _, c := range r.Consumers {
		if c.Channel == "" {
			continue
		}
		for _, res := range r.wanting(c, c.queued(), results) {
			j, err := jobOf(res.ctx, c, res.message)
			if err != nil {
				res.err = fmt.Errorf("%s: %w", c.Name, err)
				continue
			}
			res.jobs, jobs = append(res.jobs, j), append(jobs, j)
		}
	}
	if len(jobs) == 0 {
		return
	}
	err := r.Queue.Put(ctx, jobs)
	for i := range results {
		res := &results[i]
		switch {
		case len(res.jobs) == 0:
		case err != nil:
			res.notPut = fmt.Errorf("queue %d jobs: %w", len(res.jobs), err)
		default:
			for _, j := range res.jobs {
				res.handled = append(res.handled, Consumer{Name: j.Kind}.queued())
			}
		}
	}
}
