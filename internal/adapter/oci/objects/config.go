package objects

import (
	"errors"
	"flag"
	"fmt"
	"time"

	"tradewind/internal/adapter/oci"
)

// Config says which bucket to use. Flags fills in the defaults.
type Config struct {
	Namespace string
	Bucket    string
	Endpoint  string
	Timeout   time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Namespace, "oci.objects.namespace", "", "Object Storage namespace of the tenancy; empty asks for it at start")
	fs.StringVar(&c.Bucket, "oci.objects.bucket", "", "bucket that keeps pictures and films when -objects.store is oci")
	fs.StringVar(&c.Endpoint, "oci.objects.endpoint", "", "address of Object Storage, such as that of a private endpoint; empty takes the region's")
	fs.DurationVar(&c.Timeout, "oci.objects.timeout", 10*time.Second, "how long Object Storage may take to begin an answer")
}

// Validate reports the first setting that cannot work and what would. A bucket
// is needed only by those who use it; see Open.
func (c Config) Validate() error {
	if c.Timeout < 50*time.Millisecond || c.Timeout > 5*time.Minute {
		return fmt.Errorf("oci.objects.timeout is %v; choose between 50ms and 5m, such as 10s", c.Timeout)
	}
	return oci.CheckEndpoint("oci.objects.endpoint", c.Endpoint, "objectstorage.eu-frankfurt-1.oraclecloud.com")
}

var errNoBucket = errors.New("oci.objects.bucket is empty; name the bucket that Terraform made, or choose -objects.store=folder")
