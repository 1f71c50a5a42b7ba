package streamlog_test

import (
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/streamlog"
)

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	good := streamlog.Config{Partitions: 4, Lease: time.Minute, Keep: 24 * time.Hour, Rows: 1000}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(c *streamlog.Config){
		"stream.log.partitions": func(c *streamlog.Config) { c.Partitions = 0 },
		"stream.log.lease":      func(c *streamlog.Config) { c.Lease = time.Millisecond },
		"stream.log.rows":       func(c *streamlog.Config) { c.Rows = 0 },
		"stream.log.keep":       func(c *streamlog.Config) { c.Keep = time.Minute },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
