package sqlstore_test

import (
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/adapter/queuetest"
	"tradewind/internal/store/sqlstore"
	"tradewind/internal/store/tablequeue"
)

// The table promises what every queue does, on each engine.
func TestTheTableIsAQueue(t *testing.T) {
	for name, open := range sqlstore.OpenShops {
		t.Run(name, func(t *testing.T) {
			queuetest.Run(t, func(t *testing.T) queuetest.Fixture {
				var passed atomic.Int64
				now := func() time.Time {
					return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(passed.Load()))
				}
				return queuetest.Fixture{Queue: tablequeue.New(open(t), now, 20*time.Millisecond), Later: func(d time.Duration) { passed.Add(int64(d)) }}
			})
		})
	}
}
