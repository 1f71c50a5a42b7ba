package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	sdk "github.com/oracle/oci-go-sdk/v65/queue"

	"tradewind/internal/adapter/oci"
	port "tradewind/internal/domain/queue"
)

// content is a job as the text of a message; its channel is in the metadata.
type content struct {
	Kind string          `json:"kind"`
	ID   string          `json:"id"`
	Body json.RawMessage `json:"body"`
}

func seal(j port.Job) (string, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // it would make bodies longer
	if err := e.Encode(content{j.Kind, j.ID, j.Body}); err != nil {
		return "", fmt.Errorf("encode job %s: %w", j.Key(), err)
	}
	return text.String(), nil
}

// Foreign is the kind of what others have put into the queue.
const Foreign = "foreign"

// opened is the job of a message. What is not ours is handed on as it is: who
// works on the channel finds nobody for it, and it ends as a dead letter.
func opened(channel string, m sdk.GetMessage) port.Delivery {
	d := port.Delivery{Receipt: oci.Value(m.Receipt), Deliveries: int64(oci.Value(m.DeliveryCount))}
	if m.CreatedAt != nil {
		d.PutAt = m.CreatedAt.UTC()
	}
	var c content
	err := json.Unmarshal([]byte(oci.Value(m.Content)), &c)
	d.Job = port.Job{Channel: channel, Kind: c.Kind, ID: c.ID, Body: c.Body}
	if err != nil || d.Job.Check() != nil {
		text, _ := json.Marshal(map[string]string{"content": oci.Value(m.Content)}) // strings can be marshalled
		d.Job = port.Job{Channel: channel, Kind: Foreign, ID: fmt.Sprint(oci.Value(m.Id)), Body: text}
	}
	return d
}

// verdict reads the result of one message of several. Errors of the client's
// class are about the receipt: the message is gone.
func verdict(code *int, message *string) (gone bool, err error) {
	switch n := oci.Value(code); {
	case n == 0:
		return false, nil
	case n >= 400 && n < 500 && n != http.StatusTooManyRequests:
		return true, nil
	default:
		return false, port.Unavailable(fmt.Errorf("%d: %s", n, oci.Value(message)))
	}
}

// failure turns an error of the SDK into one of the port.
func failure(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if status, _ := oci.Told(err); status == http.StatusRequestEntityTooLarge {
		err = errors.Join(err, errors.New("oci.queue.request-bytes is above what the service takes"))
	}
	return port.Unavailable(fmt.Errorf("%s: %w", doing, err))
}
