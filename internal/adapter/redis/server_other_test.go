//go:build !linux

package redis

import "testing"

// A server of a test must end with its process; only Linux sees to that.
func debian(t *testing.T, _ ...string) string {
	t.Skip("tests start redis-server on Linux only")
	return ""
}

func oneNodeCluster(t *testing.T, _ ...string) string { return debian(t) }
