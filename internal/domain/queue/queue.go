// Package queue is the port of work queues: jobs on channels, handed out at
// least once and in no order, hidden while somebody works on them, and the dead
// letters of those that failed too often. It imports fault and does no I/O.
package queue

import (
	"context"
	"encoding/json"
	"regexp"
	"time"

	"tradewind/internal/platform/fault"
)

// Job is work for whoever handles Kind. ID tells repeats: all work of one Kind
// and ID must have one effect.
type Job struct {
	Channel, Kind, ID string
	Body              json.RawMessage // an object
}

// Key names the work that a job asks for.
func (j Job) Key() string { return j.Kind + "/" + j.ID }

// Delivery is a Job in somebody's hands until its visibility ends.
type Delivery struct {
	Job
	Receipt    string // of this delivery
	Deliveries int64  // so far, this one included
	PutAt      time.Time
}

// Depth is the state of a channel, for metrics; a service may tell it a little late.
type Depth struct {
	Waiting int64         // can be had
	Hidden  int64         // in somebody's hands, or put off
	Lost    int64         // in a dead-letter queue of the service itself
	Oldest  time.Duration // age of the oldest job; 0 if there is none or the service does not tell
}

// The bounds of every queue. OCI Queue takes 20 messages a request, hides them
// for up to 12 hours and waits up to 30 seconds (its API reference and command
// line help); how large a message may be has changed there, so MaxBody is low.
const (
	MaxBatch   = 20
	MaxBody    = 64 << 10 // bytes
	MaxVisible = 12 * time.Hour
	MaxWait    = 30 * time.Second
)

// Queue keeps jobs. What it is asked to do is done at least once, also when it
// answers an error. Durations are whole seconds, rounded up. Errors have the
// codes "job-invalid" and, worth another attempt, "queue-unavailable".
type Queue interface {
	// Put adds any number of jobs. After an error some may have been added:
	// put all of them again.
	Put(ctx context.Context, jobs []Job) error
	// Get hides up to n jobs of the channel (1 to MaxBatch) for visible and
	// returns them. It waits up to wait for the first; none is not an error. A
	// job whose visibility ends comes again, in another delivery.
	Get(ctx context.Context, channel string, n int, visible, wait time.Duration) ([]Delivery, error)
	// Extend hides the jobs for visible from now on, 0 to give them back. It
	// returns the receipts that do not stand for a delivery any more.
	Extend(ctx context.Context, visible time.Duration, receipts ...string) (gone []string, err error)
	// Done removes the jobs; those that are gone are no error. The receipt of a
	// delivery whose visibility has ended may remove the job or not.
	Done(ctx context.Context, receipts ...string) error
	// Look says how much there is on a channel.
	Look(ctx context.Context, channel string) (Depth, error)
}

// names is what channels and kinds may be called.
var names = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Check reports whether every queue can keep the job; the code is "job-invalid".
func (j Job) Check() error {
	var object map[string]json.RawMessage
	switch {
	case !names.MatchString(j.Channel):
		return invalid("%.60q cannot be the name of a channel.", j.Channel)
	case !names.MatchString(j.Kind):
		return invalid("%.60q cannot be the kind of a job.", j.Kind)
	case j.ID == "" || len(j.ID) > 64:
		return invalid("The id of a job has 1 to 64 characters, not %d.", len(j.ID))
	case len(j.Body) > MaxBody:
		return invalid("The job %s has %d bytes; a queue takes up to %d.", j.Key(), len(j.Body), MaxBody)
	case json.Unmarshal(j.Body, &object) != nil || object == nil:
		return invalid("The body of the job %s is not a JSON object.", j.Key())
	}
	return nil
}

// Seconds is d in whole seconds, rounded up, between 0 and most.
func Seconds(d, most time.Duration) int {
	return int((min(max(d, 0), most) + time.Second - 1) / time.Second)
}

func invalid(format string, args ...any) error {
	return fault.New(fault.Invalid, "job-invalid", format, args...)
}

// Unavailable says that the queue does not answer.
func Unavailable(cause error) error {
	return fault.New(fault.Unavailable, "queue-unavailable", "Work cannot be queued at the moment.").Because(cause)
}
