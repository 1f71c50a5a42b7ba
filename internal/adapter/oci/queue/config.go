package queue

import (
	"errors"
	"flag"
	"fmt"
	"time"

	"tradewind/internal/adapter/oci"
)

// Config says which queue to use. Flags fills in the defaults.
type Config struct {
	ID       string
	Endpoint string
	Control  string
	Timeout  time.Duration
	Request  int
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.ID, "oci.queue.id", "", "OCID of the queue that keeps work when -queue.engine is oci")
	fs.StringVar(&c.Endpoint, "oci.queue.endpoint", "", "messages endpoint of the queue, such as that of a private endpoint; empty takes the one that the queue names")
	fs.StringVar(&c.Control, "oci.queue.control-endpoint", "", "address where queues are described; empty takes the region's")
	fs.DurationVar(&c.Timeout, "oci.queue.timeout", 10*time.Second, "how long Queue may take to answer, beside what it was asked to wait")
	fs.IntVar(&c.Request, "oci.queue.request-bytes", 256<<10, "how many bytes of messages go into one request; the service's limit is above that")
}

// Validate reports the first setting that cannot work and what would. An id is
// needed only by those who use it; see Open.
func (c Config) Validate() error {
	switch {
	case c.Timeout < 50*time.Millisecond || c.Timeout > 5*time.Minute:
		return fmt.Errorf("oci.queue.timeout is %v; choose between 50ms and 5m, such as 10s", c.Timeout)
	case c.Request < 80<<10 || c.Request > 16<<20:
		return fmt.Errorf("oci.queue.request-bytes is %d; choose between %d, which the largest job needs, and %d", c.Request, 80<<10, 16<<20)
	}
	return errors.Join(oci.CheckEndpoint("oci.queue.endpoint", c.Endpoint, "cell-1.queue.messaging.eu-frankfurt-1.oci.oraclecloud.com"),
		oci.CheckEndpoint("oci.queue.control-endpoint", c.Control, "messaging.eu-frankfurt-1.oci.oraclecloud.com"))
}

var errNoQueue = errors.New("oci.queue.id is empty; name the queue that Terraform made, or choose -queue.engine=table")
