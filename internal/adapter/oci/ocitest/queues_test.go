package ocitest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/queue"

	"tradewind/internal/adapter/oci/ocitest"
)

const work = "ocid1.queue.oc1..aaaawork"

func queueClient(t *testing.T) (*ocitest.Server, queue.QueueClient) {
	t.Helper()
	s := ocitest.New(t)
	s.AddQueue(work, ocitest.QueueSettings{DeadLetterCount: 2, Retention: time.Hour})
	client, err := queue.NewQueueClientWithConfigurationProvider(ocitest.Provider())
	if err != nil {
		t.Fatal(err)
	}
	client.Host = s.URL
	return s, client
}

func putText(t *testing.T, client queue.QueueClient, channel, text string, times int) error {
	t.Helper()
	in := queue.PutMessagesRequest{QueueId: common.String(work)}
	for range times {
		in.Messages = append(in.Messages, queue.PutMessagesDetailsEntry{Content: &text, Metadata: &queue.MessageMetadata{ChannelId: &channel}})
	}
	out, err := client.PutMessages(t.Context(), in)
	if err == nil && len(out.Messages) != times {
		t.Errorf("%d of %d were put", len(out.Messages), times)
	}
	return err
}

func getTexts(t *testing.T, client queue.QueueClient, in queue.GetMessagesRequest) ([]queue.GetMessage, error) {
	t.Helper()
	if in.QueueId == nil {
		in.QueueId = common.String(work)
	}
	if in.TimeoutInSeconds == nil {
		in.TimeoutInSeconds = common.Int(0)
	}
	out, err := client.GetMessages(t.Context(), in)
	return out.Messages, err
}

func statusOf(err error) int {
	var f common.ServiceError
	if errors.As(err, &f) {
		return f.GetHTTPStatusCode()
	}
	return 0
}

func TestQueueHoldsItsLimits(t *testing.T) {
	_, client := queueClient(t)
	for name, err := range map[string]error{
		"21 messages": putText(t, client, "a", "x", 21),
		"empty":       putText(t, client, "a", "", 1),
		"large":       putText(t, client, "a", strings.Repeat("x", 128<<10+1), 1),
	} {
		if statusOf(err) != 400 {
			t.Errorf("%s: %v, want 400", name, err)
		}
	}
	if err := putText(t, client, "a", strings.Repeat("x", 100<<10), 6); statusOf(err) != 413 {
		t.Errorf("600 KiB: %v, want 413", err)
	}
	for name, in := range map[string]queue.GetMessagesRequest{
		"limit":      {Limit: common.Int(33)},
		"wait":       {TimeoutInSeconds: common.Int(31)},
		"visibility": {VisibilityInSeconds: common.Int(43_201)},
	} {
		if _, err := getTexts(t, client, in); statusOf(err) != 400 {
			t.Errorf("%s: %v, want 400", name, err)
		}
	}
	if _, err := getTexts(t, client, queue.GetMessagesRequest{QueueId: common.String("ocid1.queue.other")}); statusOf(err) != 404 {
		t.Errorf("another queue: %v, want 404", err)
	}
}

func TestAMessageAloneIsUpdatedAndDeletedByItsReceipt(t *testing.T) {
	s, client := queueClient(t)
	if err := errors.Join(putText(t, client, "a", "x", 1), putText(t, client, "b", "y", 1)); err != nil {
		t.Fatal(err)
	}
	channels, err := client.ListChannels(t.Context(), queue.ListChannelsRequest{QueueId: common.String(work)})
	if err != nil || strings.Join(channels.Items, " ") != "a b" {
		t.Errorf("channels %v, %v", channels.Items, err)
	}
	got, err := getTexts(t, client, queue.GetMessagesRequest{ChannelFilter: common.String("b"), VisibilityInSeconds: common.Int(5)})
	if err != nil || len(got) != 1 || *got[0].Content != "y" || *got[0].Metadata.ChannelId != "b" {
		t.Fatalf("got %v, %v", got, err)
	}
	update := func() error {
		_, err := client.UpdateMessage(t.Context(), queue.UpdateMessageRequest{QueueId: common.String(work), MessageReceipt: got[0].Receipt, UpdateMessageDetails: queue.UpdateMessageDetails{VisibilityInSeconds: common.Int(60)}})
		return err
	}
	remove := func() error {
		_, err := client.DeleteMessage(t.Context(), queue.DeleteMessageRequest{QueueId: common.String(work), MessageReceipt: got[0].Receipt})
		return err
	}
	if err := update(); err != nil {
		t.Errorf("update: %v", err)
	}
	s.PassQueues(10 * time.Second)
	if err := remove(); err != nil {
		t.Errorf("delete after an update: %v", err)
	}
	if err := errors.Join(update(), remove()); statusOf(err) != 404 {
		t.Errorf("what is deleted: %v, want 404", err)
	}
}

func TestMessagesDieAndExpire(t *testing.T) {
	s, client := queueClient(t)
	if err := putText(t, client, "a", "x", 1); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		got, err := getTexts(t, client, queue.GetMessagesRequest{VisibilityInSeconds: common.Int(0)}) // a peek counts
		if err != nil || len(got) != map[bool]int{true: 1, false: 0}[n < 2] {
			t.Errorf("delivery %d: %d, %v", n+1, len(got), err)
		}
	}
	if alive, dead := s.QueueSize(work); alive != 0 || dead != 1 {
		t.Errorf("%d alive, %d dead", alive, dead)
	}
	s.PassQueues(2 * time.Hour)
	out, err := client.GetStats(t.Context(), queue.GetStatsRequest{QueueId: common.String(work)})
	if err != nil || *out.Dlq.VisibleMessages != 0 {
		t.Errorf("after the retention: %+v, %v", out.Dlq, err)
	}
}
