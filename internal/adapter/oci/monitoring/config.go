package monitoring

import (
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"time"

	"tradewind/internal/adapter/oci"
)

// Config says where numbers go. Flags fills in the defaults: nowhere.
type Config struct {
	Compartment string
	Namespace   string
	Group       string
	Endpoint    string
	Every       time.Duration
	Timeout     time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Compartment, "oci.monitoring.compartment", "", "OCID of the compartment whose Monitoring is told business and service metrics; empty for none")
	fs.StringVar(&c.Namespace, "oci.monitoring.namespace", "tradewind", "namespace of those metrics")
	fs.StringVar(&c.Group, "oci.monitoring.resource-group", "", "resource group of those metrics, such as the environment; empty for none")
	fs.StringVar(&c.Endpoint, "oci.monitoring.endpoint", "", "address where Monitoring takes metrics; empty takes the region's telemetry-ingestion")
	fs.DurationVar(&c.Every, "oci.monitoring.every", time.Minute, "how often they are told")
	fs.DurationVar(&c.Timeout, "oci.monitoring.timeout", 10*time.Second, "how long Monitoring may take to answer")
}

// Used reports whether anything is told.
func (c Config) Used() bool { return c.Compartment != "" }

// How the service wants names.
// https://docs.oracle.com/en-us/iaas/api/#/en/monitoring/20180401/datatypes/MetricDataDetails
var (
	namespace = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,255}$`)
	group     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._$-]{0,255}$`)
)

// Validate reports the first setting that cannot work and what would.
func (c Config) Validate() error {
	lower := strings.ToLower(c.Namespace)
	switch {
	case c.Compartment != "" && !strings.HasPrefix(c.Compartment, "ocid1.compartment.") && !strings.HasPrefix(c.Compartment, "ocid1.tenancy."):
		return fmt.Errorf("oci.monitoring.compartment is %q; write the OCID of a compartment, or leave it empty", c.Compartment)
	case !namespace.MatchString(c.Namespace):
		return fmt.Errorf("oci.monitoring.namespace is %q; begin with a letter and use letters, digits and _, such as tradewind", c.Namespace)
	case strings.HasPrefix(lower, "oci_") || strings.HasPrefix(lower, "oracle_"):
		return fmt.Errorf("oci.monitoring.namespace is %q; oci_ and oracle_ are the service's own, choose another such as tradewind", c.Namespace)
	case c.Group != "" && !group.MatchString(c.Group):
		return fmt.Errorf("oci.monitoring.resource-group is %q; begin with a letter and use letters, digits and . _ - $, such as production", c.Group)
	case c.Every < 10*time.Second || c.Every > time.Hour:
		return fmt.Errorf("oci.monitoring.every is %v; choose between 10s and 1h, such as 1m", c.Every)
	case c.Timeout < 50*time.Millisecond || c.Timeout > 5*time.Minute:
		return fmt.Errorf("oci.monitoring.timeout is %v; choose between 50ms and 5m, such as 10s", c.Timeout)
	}
	return oci.CheckEndpoint("oci.monitoring.endpoint", c.Endpoint, "telemetry-ingestion.eu-frankfurt-1.oraclecloud.com")
}

var errNowhere = errors.New("oci.monitoring.compartment is empty; name the compartment whose Monitoring is to be told")
