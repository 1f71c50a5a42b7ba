// Package fault is the error that crosses packages: a kind that decides the
// answer's class, a stable code that machines match on, and a detail written
// for the person who asked. It imports nothing of ours.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind classifies an Error. The zero value is Internal: an error that nobody
// classified shows no text to clients.
type Kind int

// The kinds, each with the HTTP status it becomes.
const (
	Internal        Kind = iota // 500
	Invalid                     // 400, or 422 for a body that is well-formed
	Unauthorized                // 401
	Forbidden                   // 403
	NotFound                    // 404
	Conflict                    // 409
	PaymentDeclined             // 402
	TooLarge                    // 413
	Unsupported                 // 415
	TooMany                     // 429
	Unavailable                 // 503
	Stale                       // 412
	Unconditional               // 428
	Misdirected                 // 421
)

// Error carries a Kind, a stable machine-readable Code such as "out-of-stock",
// and a Detail written for the person who made the request.
type Error struct {
	Kind   Kind
	Code   string
	Detail string
	Fields map[string]string // field name to what is wrong with it; Invalid only
	Cause  error             // logged, never shown

	RetryAfter time.Duration // how long to wait; TooMany only
}

// New makes an Error; format and args become its Detail.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Field makes an Invalid error about one named field of the request.
func Field(code, field, format string, args ...any) *Error {
	msg := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Code: code, Detail: field + ": " + msg, Fields: map[string]string{field: msg}}
}

// ChangedMeanwhile says that what was to be changed is no longer what the
// person saw. what names it, such as "role catalog".
func ChangedMeanwhile(what string) *Error {
	return New(Stale, "changed-meanwhile", "The %s was changed meanwhile; look at it and try again.", what)
}

// Because returns a copy of e with cause attached, for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Code + ": " + e.Detail + ": " + e.Cause.Error()
	}
	return e.Code + ": " + e.Detail
}

// Unwrap gives errors.Is and errors.As the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Code returns the code of the first *Error in err's chain, or "".
func Code(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// KindOf returns the kind of the first *Error in err's chain; Internal if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
