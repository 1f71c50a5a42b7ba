package streaming

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/oracle/oci-go-sdk/v65/common"
	oracle "github.com/oracle/oci-go-sdk/v65/streaming"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/domain/stream"
)

// Log is a stream of OCI Streaming. It is safe for concurrent use.
type Log struct {
	*oci.Line
	client     oracle.StreamClient
	stream     *string
	partitions int
	lease      time.Duration
	retry      oci.Retry

	mu   sync.Mutex
	idle map[string][]string // names of readers that were closed, by group
}

var _ stream.Log = (*Log)(nil)

// Open signs its requests as identity. It asks for the stream, which tells where
// its messages go, so that a wrong name or a missing policy shows at start.
func Open(ctx context.Context, c Config, identity common.ConfigurationProvider) (*Log, error) {
	if c.Stream == "" {
		return nil, errNoStream
	}
	admin, err := oracle.NewStreamAdminClientWithConfigurationProvider(identity)
	if err != nil {
		return nil, fmt.Errorf("oci.streaming: %w", err)
	}
	if c.Endpoint != "" {
		admin.Host = c.Endpoint
	}
	l := &Log{Line: oci.NewLine("streaming"), stream: &c.Stream, lease: c.Lease, retry: oci.Patient, idle: map[string][]string{}}
	admin.HTTPClient = l.Client(c.Timeout, 2*c.Timeout)
	out, err := admin.GetStream(ctx, oracle.GetStreamRequest{StreamId: l.stream, RequestMetadata: l.retry.Policy(nil)})
	if err != nil {
		return nil, fmt.Errorf("oci.streaming.stream %s cannot be read; it must exist, and a policy must let this identity inspect streams and use stream-push and stream-pull: %w", c.Stream, err)
	}
	if out.LifecycleState != oracle.StreamLifecycleStateActive || out.MessagesEndpoint == nil || out.Partitions == nil {
		return nil, fmt.Errorf("oci.streaming.stream %s is %s; it can be used when it is ACTIVE", c.Stream, out.LifecycleState)
	}
	l.partitions = *out.Partitions
	if l.client, err = oracle.NewStreamClientWithConfigurationProvider(identity, *out.MessagesEndpoint); err != nil {
		return nil, fmt.Errorf("oci.streaming: %w", err)
	}
	l.client.HTTPClient = l.Client(c.Timeout, 2*c.Timeout)
	return l, nil
}

// Name implements stream.Log.
func (l *Log) Name() string { return *l.stream }

// Reset implements stream.Log.
func (l *Log) Reset(ctx context.Context, group string, to stream.Place) error {
	if err := stream.CheckGroup(group); err != nil {
		return err
	}
	details := oracle.UpdateGroupDetails{Type: oracle.UpdateGroupDetailsTypeTrimHorizon}
	switch {
	case to.Latest:
		details.Type = oracle.UpdateGroupDetailsTypeLatest
	case !to.Since.IsZero():
		details.Type, details.Time = oracle.UpdateGroupDetailsTypeAtTime, &common.SDKTime{Time: to.Since}
	}
	_, err := l.client.UpdateGroup(oci.Own(ctx), oracle.UpdateGroupRequest{StreamId: l.stream, GroupName: &group, UpdateGroupDetails: details, RequestMetadata: l.retry.Policy(nil)})
	return failure(ctx, group, err)
}

// State implements stream.Log. The service tells neither where a partition ends
// nor which groups there are.
func (l *Log) State(ctx context.Context, groups ...string) (s stream.State, err error) {
	s.Partitions = make([]stream.Partition, l.partitions)
	for i := range s.Partitions {
		s.Partitions[i] = stream.Partition{First: stream.Unknown, End: stream.Unknown}
	}
	for _, name := range groups {
		out, err := l.client.GetGroup(oci.Own(ctx), oracle.GetGroupRequest{StreamId: l.stream, GroupName: &name, RequestMetadata: l.retry.Policy(nil)})
		if err != nil {
			return s, failure(ctx, name, err)
		}
		g := stream.Group{Name: name}
		for _, x := range out.Reservations {
			p := stream.Progress{Next: stream.Unknown, Reader: oci.Value(x.ReservedInstance), Until: oci.At(x.TimeReservedUntil)}
			if p.Partition, err = strconv.Atoi(oci.Value(x.Partition)); err != nil {
				return s, stream.Unavailable(fmt.Errorf("partition %q of %s: %w", oci.Value(x.Partition), name, err))
			}
			if x.CommittedOffset != nil {
				p.Next = *x.CommittedOffset + 1
			}
			g.Progress = append(g.Progress, p)
		}
		s.Groups = append(s.Groups, g)
	}
	return s, nil
}

// name is what a new reader of a group is called: that of one that was closed,
// whose partitions it has at once, or a new one.
func (l *Log) name(group string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.idle[group]); n > 0 {
		name := l.idle[group][n-1]
		l.idle[group] = l.idle[group][:n-1]
		return name
	}
	return "tradewind-" + uuid.NewString()
}

func (l *Log) giveBack(group, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle[group] = append(l.idle[group], name)
}

// failure turns an error of the SDK into one of the port.
func failure(ctx context.Context, group string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if status, code := oci.Told(err); status == http.StatusNotFound && code != "NotAuthorizedOrNotFound" && group != "" {
		return stream.GroupUnknown(group)
	}
	return stream.Unavailable(err)
}
