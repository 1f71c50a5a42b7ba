package streaming

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/oracle/oci-go-sdk/v65/common"
	oracle "github.com/oracle/oci-go-sdk/v65/streaming"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/domain/stream"
)

// reader is an instance of a group. Its cursor stands for what it has been given.
type reader struct {
	log         *Log
	group, name string
	cursor      *string
	pending     bool // something was given and not committed
	lost        bool
}

// Join implements stream.Log.
func (l *Log) Join(ctx context.Context, group string, from stream.Place) (stream.Reader, error) {
	if err := stream.CheckGroup(group); err != nil {
		return nil, err
	}
	name := l.name(group)
	details := oracle.CreateGroupCursorDetails{Type: oracle.CreateGroupCursorDetailsTypeTrimHorizon, GroupName: &group, InstanceName: &name,
		TimeoutInMs: common.Int(int(l.lease.Milliseconds())), CommitOnGet: common.Bool(false)}
	switch {
	case from.Latest:
		details.Type = oracle.CreateGroupCursorDetailsTypeLatest
	case !from.Since.IsZero():
		details.Type, details.Time = oracle.CreateGroupCursorDetailsTypeAtTime, &common.SDKTime{Time: from.Since}
	}
	out, err := l.client.CreateGroupCursor(oci.Own(ctx), oracle.CreateGroupCursorRequest{StreamId: l.stream, CreateGroupCursorDetails: details, RequestMetadata: l.retry.Policy(nil)})
	if err != nil {
		l.giveBack(group, name)
		return nil, failure(ctx, "", err)
	}
	return &reader{log: l, group: group, name: name, cursor: out.Value}, nil
}

// Next implements stream.Reader.
func (r *reader) Next(ctx context.Context, n int) ([]stream.Record, error) {
	if r.lost {
		return nil, stream.ReaderLost(r.group)
	}
	out, err := r.log.client.GetMessages(oci.Own(ctx), oracle.GetMessagesRequest{StreamId: r.log.stream, Cursor: r.cursor, Limit: common.Int(min(n, 10_000)), RequestMetadata: r.log.retry.Policy(nil)})
	if err != nil {
		return nil, r.failure(ctx, err)
	}
	records := make([]stream.Record, len(out.Items))
	for i, m := range out.Items {
		partition, err := strconv.Atoi(oci.Value(m.Partition))
		if err != nil {
			return nil, stream.Unavailable(fmt.Errorf("partition %q: %w", oci.Value(m.Partition), err))
		}
		records[i] = stream.Record{Partition: partition, Offset: oci.Value(m.Offset), At: oci.At(m.Timestamp), Key: string(m.Key), Value: m.Value}
	}
	if out.OpcNextCursor == nil {
		return nil, stream.Unavailable(fmt.Errorf("an answer without opc-next-cursor"))
	}
	r.cursor, r.pending = out.OpcNextCursor, r.pending || len(records) > 0
	return records, nil
}

// Commit implements stream.Reader. It keeps the partitions too.
func (r *reader) Commit(ctx context.Context) error {
	if r.lost {
		return stream.ReaderLost(r.group)
	}
	if !r.pending {
		return ctx.Err()
	}
	out, err := r.log.client.ConsumerCommit(oci.Own(ctx), oracle.ConsumerCommitRequest{StreamId: r.log.stream, Cursor: r.cursor, RequestMetadata: r.log.retry.Policy(nil)})
	if err != nil {
		return r.failure(ctx, err)
	}
	r.cursor, r.pending = out.Value, false
	return nil
}

// Keep implements stream.Reader.
func (r *reader) Keep(ctx context.Context) error {
	if r.lost {
		return stream.ReaderLost(r.group)
	}
	out, err := r.log.client.ConsumerHeartbeat(oci.Own(ctx), oracle.ConsumerHeartbeatRequest{StreamId: r.log.stream, Cursor: r.cursor, RequestMetadata: r.log.retry.Policy(nil)})
	if err != nil {
		return r.failure(ctx, err)
	}
	r.cursor = out.Value
	return nil
}

// Close implements stream.Reader. The service has no way to give partitions
// back: they go to the next reader of this process at once, to those of others
// after the lease.
func (r *reader) Close(ctx context.Context) error {
	if !r.lost {
		r.lost = true
		r.log.giveBack(r.group, r.name)
	}
	return ctx.Err()
}

// failure turns an error about a cursor into one of the port: a cursor that is
// refused belongs to a reader who was silent for too long or whose group was moved.
func (r *reader) failure(ctx context.Context, err error) error {
	switch status, _ := oci.Told(err); status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict:
		r.lost = true
		return stream.ReaderLost(r.group)
	}
	return failure(ctx, "", err)
}
