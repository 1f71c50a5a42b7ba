package notifications

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/ons"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/domain/notify"
)

// Config says which topic to use. Flags fills in the defaults: none.
type Config struct {
	Topic    string
	Endpoint string
	Timeout  time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Topic, "oci.notifications.topic", "", "OCID of the topic of Notifications that alerts to operators are published to; empty for the log alone")
	fs.StringVar(&c.Endpoint, "oci.notifications.endpoint", "", "address of Notifications, such as that of a private endpoint; empty takes the region's")
	fs.DurationVar(&c.Timeout, "oci.notifications.timeout", 10*time.Second, "how long Notifications may take to answer")
}

// Used reports whether there is a topic.
func (c Config) Used() bool { return c.Topic != "" }

// Validate reports the first setting that cannot work and what would.
func (c Config) Validate() error {
	switch {
	case c.Topic != "" && !strings.HasPrefix(c.Topic, "ocid1.onstopic."):
		return fmt.Errorf("oci.notifications.topic is %q; write the OCID of a topic, or leave it empty", c.Topic)
	case c.Timeout < 50*time.Millisecond || c.Timeout > 5*time.Minute:
		return fmt.Errorf("oci.notifications.timeout is %v; choose between 50ms and 5m, such as 10s", c.Timeout)
	}
	return oci.CheckEndpoint("oci.notifications.endpoint", c.Endpoint, "notification.eu-frankfurt-1.oci.oraclecloud.com")
}

var errNoTopic = errors.New("oci.notifications.topic is empty; name the topic that Terraform made by its OCID")

// Topic publishes alerts. It is safe for concurrent use.
type Topic struct {
	*oci.Line
	client ons.NotificationDataPlaneClient
	topic  *string
	retry  oci.Retry
}

var _ notify.Alerts = (*Topic)(nil)

// Open signs its requests as identity. It asks for the topic, which says where
// its messages go, so that a wrong name or a missing policy shows at start.
func Open(ctx context.Context, c Config, identity common.ConfigurationProvider) (*Topic, error) {
	if !c.Used() {
		return nil, errNoTopic
	}
	t := &Topic{Line: oci.NewLine("notifications"), topic: &c.Topic, retry: oci.Patient}
	control, err := ons.NewNotificationControlPlaneClientWithConfigurationProvider(identity)
	if err != nil {
		return nil, fmt.Errorf("oci.notifications: %w", err)
	}
	if t.client, err = ons.NewNotificationDataPlaneClientWithConfigurationProvider(identity); err != nil {
		return nil, fmt.Errorf("oci.notifications: %w", err)
	}
	control.HTTPClient, t.client.HTTPClient = t.Client(c.Timeout, 2*c.Timeout), t.Client(c.Timeout, 2*c.Timeout)
	if c.Endpoint != "" {
		control.Host, t.client.Host = c.Endpoint, c.Endpoint
	}
	out, err := control.GetTopic(ctx, ons.GetTopicRequest{TopicId: t.topic, RequestMetadata: t.retry.Policy(nil)})
	if err != nil {
		return nil, fmt.Errorf("oci.notifications.topic %s cannot be read; it must exist, and a policy must let this identity read it and publish to it: %w", c.Topic, err)
	}
	if out.LifecycleState != ons.NotificationTopicLifecycleStateActive {
		return nil, fmt.Errorf("oci.notifications.topic %s is %s; it must be ACTIVE", c.Topic, out.LifecycleState)
	}
	if c.Endpoint == "" && out.ApiEndpoint != nil && *out.ApiEndpoint != "" {
		t.client.Host = *out.ApiEndpoint
	}
	return t, nil
}

// Alert implements notify.Alerts.
func (t *Topic) Alert(ctx context.Context, a notify.Alert) error {
	if err := errors.Join(ctx.Err(), a.Check()); err != nil {
		return err
	}
	_, err := t.client.PublishMessage(oci.Own(ctx), ons.PublishMessageRequest{TopicId: t.topic, MessageType: ons.PublishMessageMessageTypeRawText,
		MessageDetails: ons.MessageDetails{Title: &a.Title, Body: &a.Text}, RequestMetadata: t.retry.Policy(nil)})
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if status, _ := oci.Told(err); status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge {
		return fmt.Errorf("publish alert %s: %w", a.ID, err)
	}
	return notify.AlertsUnavailable(err)
}
