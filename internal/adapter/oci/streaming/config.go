package streaming

import (
	"errors"
	"flag"
	"fmt"
	"time"

	"tradewind/internal/adapter/oci"
)

// Config says which stream to use. Flags fills in the defaults.
type Config struct {
	Stream   string
	Endpoint string
	Timeout  time.Duration
	Lease    time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Stream, "oci.streaming.stream", "", "OCID of the stream that facts go to when -stream.engine is oci")
	fs.StringVar(&c.Endpoint, "oci.streaming.endpoint", "", "address of Streaming, such as that of a private endpoint; empty takes the region's")
	fs.DurationVar(&c.Timeout, "oci.streaming.timeout", 10*time.Second, "how long Streaming may take to begin an answer")
	fs.DurationVar(&c.Lease, "oci.streaming.lease", 30*time.Second, "after which silence a reader's partitions go to others")
}

// Validate reports the first setting that cannot work and what would. A stream
// is needed only by those who use it; see Open.
func (c Config) Validate() error {
	switch {
	case c.Timeout < 50*time.Millisecond || c.Timeout > 5*time.Minute:
		return fmt.Errorf("oci.streaming.timeout is %v; choose between 50ms and 5m, such as 10s", c.Timeout)
	case c.Lease < time.Second || c.Lease > time.Hour:
		return fmt.Errorf("oci.streaming.lease is %v; choose between 1s and 1h, such as 30s", c.Lease)
	}
	return oci.CheckEndpoint("oci.streaming.endpoint", c.Endpoint, "streaming.eu-frankfurt-1.oci.oraclecloud.com")
}

var errNoStream = errors.New("oci.streaming.stream is empty; name the stream that Terraform made by its OCID, or choose -stream.engine=log")
