package streaming

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	oracle "github.com/oracle/oci-go-sdk/v65/streaming"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/domain/stream"
)

// requestBytes is how large a request may become: 1 MiB, less some for what
// surrounds the messages. Messages count as they go over the wire.
const requestBytes = 1<<20 - 16<<10

// Append implements stream.Log. Of a request the service may refuse some
// messages and take others, so a request has one message of a key, unless their
// order does not matter: what is refused cannot be overtaken.
func (l *Log) Append(ctx context.Context, batch []stream.Message) error {
	for _, m := range batch {
		if err := m.Check(); err != nil {
			return err
		}
	}
	for refusals := uint(0); len(batch) > 0; { // in a row, of all there was
		now, later := cut(batch)
		refused, why, err := l.put(ctx, now)
		if err != nil {
			return err
		}
		batch = append(refused, later...)
		if len(refused) == 0 {
			continue
		}
		if len(refused) < len(now) {
			refusals = 0 // it goes on
		}
		if refusals++; refusals >= l.retry.Attempts {
			return stream.Unavailable(fmt.Errorf("%d of %d messages were refused %d times: %s", len(refused), len(now), refusals, why))
		}
		pause := time.NewTimer(l.retry.Pause(refusals))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// cut takes the messages for one request from a batch; the rest keeps its order.
func cut(batch []stream.Message) (now, later []stream.Message) {
	size, ordered := 0, map[string]bool{}
	for i, m := range batch {
		n := base64.StdEncoding.EncodedLen(len(m.Key)) + base64.StdEncoding.EncodedLen(len(m.Value)) + 24
		if size+n > requestBytes {
			return now, append(later, batch[i:]...)
		}
		if !m.Loose && ordered[m.Key] {
			later = append(later, m)
			continue
		}
		ordered[m.Key] = ordered[m.Key] || !m.Loose
		now, size = append(now, m), size+n
	}
	return now, later
}

// put makes one request and returns what the service refused of it. If an
// answer gets lost the request is made again, and what it holds is there twice.
func (l *Log) put(ctx context.Context, batch []stream.Message) (refused []stream.Message, why string, err error) {
	entries := make([]oracle.PutMessagesDetailsEntry, len(batch))
	for i, m := range batch {
		entries[i] = oracle.PutMessagesDetailsEntry{Key: []byte(m.Key), Value: m.Value}
	}
	out, err := l.client.PutMessages(oci.Own(ctx), oracle.PutMessagesRequest{StreamId: l.stream, PutMessagesDetails: oracle.PutMessagesDetails{Messages: entries}, RequestMetadata: l.retry.Policy(nil)})
	if err != nil {
		return nil, "", failure(ctx, "", err)
	}
	if len(out.Entries) != len(batch) {
		return nil, "", stream.Unavailable(fmt.Errorf("the answer to %d messages has %d entries", len(batch), len(out.Entries)))
	}
	for i, e := range out.Entries {
		if e.Error != nil && *e.Error != "" {
			refused, why = append(refused, batch[i]), *e.Error+" "+oci.Value(e.ErrorMessage)
		}
	}
	return refused, why, nil
}
