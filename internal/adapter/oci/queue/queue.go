package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	sdk "github.com/oracle/oci-go-sdk/v65/queue"

	"tradewind/internal/adapter/oci"
	port "tradewind/internal/domain/queue"
)

// Queue keeps jobs in a queue of OCI, each channel in the channel of its name.
// It is safe for concurrent use.
type Queue struct {
	*oci.Line
	client  sdk.QueueClient
	waiting sdk.QueueClient // for calls that the service is to answer late
	id      *string
	retry   oci.Retry
	request int
}

var _ port.Queue = (*Queue)(nil)

// Needs is what the queue must be like for those who work on it.
type Needs struct {
	Deliveries int64         // after how many the shop itself gives a job up
	Remember   time.Duration // how long it is remembered what has been done
}

// Open signs its requests as identity. It asks for the queue, so that a wrong
// id, a missing policy and a queue that would lose work show at start.
func Open(ctx context.Context, c Config, needs Needs, identity common.ConfigurationProvider) (*Queue, error) {
	if c.ID == "" {
		return nil, errNoQueue
	}
	retry, line := oci.Patient, oci.NewLine("queue")
	about, err := describe(ctx, c, retry, line, identity)
	if err != nil {
		return nil, err
	}
	if err := needs.hold(c.ID, about); err != nil {
		return nil, err
	}
	host := c.Endpoint
	if host == "" {
		host = oci.Value(about.MessagesEndpoint)
	}
	q := &Queue{Line: line, id: &c.ID, retry: retry, request: c.Request}
	for timeout, client := range map[time.Duration]*sdk.QueueClient{c.Timeout: &q.client, c.Timeout + port.MaxWait: &q.waiting} {
		if *client, err = sdk.NewQueueClientWithConfigurationProvider(identity); err != nil {
			return nil, fmt.Errorf("oci.queue: %w", err)
		}
		client.Host, client.HTTPClient = host, line.Client(timeout, 0)
	}
	return q, nil
}

func describe(ctx context.Context, c Config, retry oci.Retry, line *oci.Line, identity common.ConfigurationProvider) (sdk.Queue, error) {
	control, err := sdk.NewQueueAdminClientWithConfigurationProvider(identity)
	if err != nil {
		return sdk.Queue{}, fmt.Errorf("oci.queue: %w", err)
	}
	if c.Control != "" {
		control.Host = c.Control
	}
	control.HTTPClient = line.Client(c.Timeout, 0)
	out, err := control.GetQueue(ctx, sdk.GetQueueRequest{QueueId: &c.ID, RequestMetadata: retry.Policy(nil)})
	if err != nil {
		return sdk.Queue{}, fmt.Errorf("oci.queue.id %s cannot be read; it must exist, and a policy must let this identity read it and use its messages: %w", c.ID, err)
	}
	return out.Queue, nil
}

// hold compares the queue with what is needed: a service that gives jobs up
// before the shop does would put them where nobody reads why they failed.
func (n Needs) hold(id string, q sdk.Queue) error {
	dead, kept := int64(oci.Value(q.DeadLetterQueueDeliveryCount)), time.Duration(oci.Value(q.RetentionInSeconds))*time.Second
	switch {
	case q.LifecycleState != sdk.QueueLifecycleStateActive && q.LifecycleState != sdk.QueueLifecycleStateUpdating:
		return fmt.Errorf("oci.queue.id %s is %s; it must be active", id, q.LifecycleState)
	case dead != 0 && dead <= n.Deliveries:
		return fmt.Errorf("the queue %s gives messages up after %d deliveries; set its dead-letter delivery count above queue.max-deliveries (%d), or lower that", id, dead, n.Deliveries)
	case kept > n.Remember:
		return fmt.Errorf("the queue %s keeps messages for %v, longer than it is remembered what was done; set worker.keep-done (%v) to that or more", id, kept, n.Remember)
	}
	return nil
}

// Put implements port.Queue. A request whose answer was lost is made again, so
// a job may come twice.
func (q *Queue) Put(ctx context.Context, jobs []port.Job) error {
	var batch []sdk.PutMessagesDetailsEntry
	var size int
	var batches [][]sdk.PutMessagesDetailsEntry
	for _, j := range jobs {
		if err := j.Check(); err != nil {
			return err
		}
		text, err := seal(j)
		if err != nil {
			return err
		}
		entry := sdk.PutMessagesDetailsEntry{Content: &text, Metadata: &sdk.MessageMetadata{ChannelId: &j.Channel}}
		sent, err := json.Marshal(entry) // as the SDK does; a < becomes six bytes
		if err != nil {
			return fmt.Errorf("encode job %s: %w", j.Key(), err)
		}
		if len(batch) == port.MaxBatch || len(batch) > 0 && size+len(sent) > q.request {
			batches, batch, size = append(batches, batch), nil, 0
		}
		batch = append(batch, entry)
		size += len(sent)
	}
	if len(batch) > 0 {
		batches = append(batches, batch)
	}
	for _, b := range batches {
		_, err := q.client.PutMessages(oci.Own(ctx), sdk.PutMessagesRequest{QueueId: q.id, PutMessagesDetails: sdk.PutMessagesDetails{Messages: b}, RequestMetadata: q.retry.Policy(nil)})
		if err != nil {
			return failure(ctx, "put", err)
		}
	}
	return ctx.Err()
}

// Get implements port.Queue. The service may end a wait early; so does this.
func (q *Queue) Get(ctx context.Context, channel string, n int, visible, wait time.Duration) ([]port.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, seconds := q.client, port.Seconds(wait, port.MaxWait)
	if seconds > 0 {
		client = q.waiting
	}
	out, err := client.GetMessages(oci.Own(ctx), sdk.GetMessagesRequest{QueueId: q.id, ChannelFilter: &channel, Limit: common.Int(min(max(n, 1), port.MaxBatch)),
		VisibilityInSeconds: common.Int(port.Seconds(visible, port.MaxVisible)), TimeoutInSeconds: &seconds, RequestMetadata: q.retry.Policy(nil)})
	if err != nil {
		return nil, failure(ctx, "get", err)
	}
	var list []port.Delivery
	for _, m := range out.Messages {
		list = append(list, opened(channel, m))
	}
	return list, nil
}

// Extend implements port.Queue.
func (q *Queue) Extend(ctx context.Context, visible time.Duration, receipts ...string) (gone []string, err error) {
	seconds := port.Seconds(visible, port.MaxVisible)
	err = chunks(ctx, receipts, func(some []string) error {
		in := sdk.UpdateMessagesRequest{QueueId: q.id, RequestMetadata: q.retry.Policy(nil)}
		for _, r := range some {
			in.Entries = append(in.Entries, sdk.UpdateMessagesDetailsEntry{Receipt: &r, VisibilityInSeconds: &seconds})
		}
		out, err := q.client.UpdateMessages(oci.Own(ctx), in)
		if err != nil {
			return failure(ctx, "update", err)
		}
		if len(out.Entries) != len(some) {
			return port.Unavailable(fmt.Errorf("%d receipts were updated with %d results", len(some), len(out.Entries)))
		}
		for i, e := range out.Entries {
			lost, e := verdict(e.ErrorCode, e.ErrorMessage)
			if err = errors.Join(err, e); lost {
				gone = append(gone, some[i])
			}
		}
		return err
	})
	return gone, err
}

// Done implements port.Queue.
func (q *Queue) Done(ctx context.Context, receipts ...string) error {
	return chunks(ctx, receipts, func(some []string) error {
		in := sdk.DeleteMessagesRequest{QueueId: q.id, RequestMetadata: q.retry.Policy(nil)}
		for _, r := range some {
			in.Entries = append(in.Entries, sdk.DeleteMessagesDetailsEntry{Receipt: &r})
		}
		out, err := q.client.DeleteMessages(oci.Own(ctx), in)
		if err != nil {
			return failure(ctx, "delete", err)
		}
		for _, e := range out.Entries {
			_, e := verdict(e.ErrorCode, e.ErrorMessage)
			err = errors.Join(err, e)
		}
		return err
	})
}

// Look implements port.Queue. The service does not tell ages.
func (q *Queue) Look(ctx context.Context, channel string) (port.Depth, error) {
	if err := ctx.Err(); err != nil {
		return port.Depth{}, err
	}
	out, err := q.client.GetStats(oci.Own(ctx), sdk.GetStatsRequest{QueueId: q.id, ChannelId: &channel, RequestMetadata: q.retry.Policy(nil)})
	if err != nil {
		return port.Depth{}, failure(ctx, "look", err)
	}
	d := port.Depth{}
	if s := out.Queue; s != nil {
		d.Waiting, d.Hidden = oci.Value(s.VisibleMessages), oci.Value(s.InFlightMessages)
	}
	if s := out.Dlq; s != nil {
		d.Lost = oci.Value(s.VisibleMessages) + oci.Value(s.InFlightMessages)
	}
	return d, nil
}

// chunks calls do for as many receipts as one request takes.
func chunks(ctx context.Context, receipts []string, do func(some []string) error) error {
	for len(receipts) > 0 {
		n := min(len(receipts), port.MaxBatch)
		if err := do(receipts[:n]); err != nil {
			return err
		}
		receipts = receipts[n:]
	}
	return ctx.Err()
}
