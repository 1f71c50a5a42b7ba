package app

import (
	"flag"
	"strings"
	"testing"
)

func TestAStreamThatCannotWorkIsNamed(t *testing.T) {
	tests := map[string]struct {
		change func(c *StreamConfig)
		auth   string
		want   string
	}{
		"as it is":         {func(*StreamConfig) {}, "none", ""},
		"nowhere":          {func(c *StreamConfig) { c.Engine, c.Log.Partitions = "off", 0 }, "none", ""},
		"an engine":        {func(c *StreamConfig) { c.Engine = "tape" }, "none", "stream.engine"},
		"no partitions":    {func(c *StreamConfig) { c.Log.Partitions = 0 }, "none", "stream.log.partitions"},
		"no room":          {func(c *StreamConfig) { c.Browsing.Buffer = 0 }, "none", "stream.browsing-buffer"},
		"nobody signs in":  {func(c *StreamConfig) { c.Engine, c.Far.Stream = "oci", "ocid1.stream.oc1..x" }, "none", "oci.auth"},
		"no stream":        {func(c *StreamConfig) { c.Engine = "oci" }, "workload", "oci.streaming.stream"},
		"a short time-out": {func(c *StreamConfig) { c.Engine, c.Far.Stream, c.Far.Timeout = "oci", "ocid1.stream.oc1..x", 1 }, "workload", "oci.streaming.timeout"},
		"a stream of OCI":  {func(c *StreamConfig) { c.Engine, c.Far.Stream = "oci", "ocid1.stream.oc1..x" }, "workload", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var c StreamConfig
			c.Flags(flag.NewFlagSet("", flag.PanicOnError))
			tc.change(&c)
			if err := c.Validate(tc.auth); tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}
