package oci

import (
	"context"
	"errors"
	"net/http"
)

// ErrNobodyWaits is why a request was given up: the context of its caller ended.
var ErrNobodyWaits = errors.New("nobody waits for the answer any more")

type waits struct{}

// Own is the context to call the SDK with for ctx. When a context ends, the
// SDK's retries return a variable that a goroutine of theirs may be writing
// (common.Retry of v65.129.0), so they get one that does not end; the Line gives
// the request up when ctx does.
func Own(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), waits{}, ctx)
}

// owned gives a request the context of who waits for it.
func owned(r *http.Request) *http.Request {
	if ctx, ok := r.Context().Value(waits{}).(context.Context); ok {
		return r.WithContext(ctx)
	}
	return r
}
