package providertest

import (
	"context"
	"testing"
)

// spoil changes every header by how.
func spoil(header map[string]string, how func(string) string) map[string]string {
	out := map[string]string{}
	for k, v := range header {
		out[k] = how(v)
	}
	return out
}

// flipLast changes the last hexadecimal digit of a signature.
func flipLast(v string) string {
	if v == "" {
		return v
	}
	last := byte('0')
	if v[len(v)-1] == '0' {
		last = '1'
	}
	return v[:len(v)-1] + string(last)
}

// newlyGone is the context of a caller that hung up already.
func newlyGone(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}
