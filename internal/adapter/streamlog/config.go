package streamlog

import (
	"flag"
	"fmt"
	"time"
)

// Config sets how the log is kept. Flags fills in the defaults.
type Config struct {
	Partitions int
	Lease      time.Duration
	Keep       time.Duration
	Rows       int64
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.IntVar(&c.Partitions, "stream.log.partitions", 4, "partitions of the log, fixed when it is made; as many readers of a group can share it")
	fs.DurationVar(&c.Lease, "stream.log.lease", 30*time.Second, "after which silence a reader's partitions go to others")
	fs.DurationVar(&c.Keep, "stream.log.keep", 7*24*time.Hour, "how long facts are kept and can be read again")
	fs.Int64Var(&c.Rows, "stream.log.rows", 2_000_000, "how many facts are kept at most, of some 700 bytes each; the oldest go first")
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	switch {
	case c.Partitions < 1 || c.Partitions > 64:
		return fmt.Errorf("stream.log.partitions is %d; choose 1 to 64, such as 4", c.Partitions)
	case c.Lease < time.Second || c.Lease > time.Hour:
		return fmt.Errorf("stream.log.lease is %v; choose between 1s and 1h, such as 30s", c.Lease)
	case c.Keep < time.Hour || c.Keep > 365*24*time.Hour:
		return fmt.Errorf("stream.log.keep is %v; choose between 1h and 8760h, such as 168h", c.Keep)
	case c.Rows < 1000:
		return fmt.Errorf("stream.log.rows is %d; choose at least 1000, such as 2000000", c.Rows)
	}
	return nil
}
