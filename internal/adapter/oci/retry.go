package oci

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
)

// Retry is how often and after which pauses a call is made again.
type Retry struct {
	Attempts       uint
	First, Longest time.Duration
}

// Patient is what people who wait for a page can bear; a Line keeps calls away
// from a service that stays sick.
var Patient = Retry{Attempts: 4, First: 100 * time.Millisecond, Longest: 2 * time.Second}

// Pause doubles from attempt to attempt and is cut at random (full jitter), so
// that callers who failed together do not come back together.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
func (r Retry) Pause(attempt uint) time.Duration {
	return rand.N(min(r.Longest, r.First<<min(attempt-1, 20)) + 1)
}

// Policy is r for the SDK; it counts the attempts after the first into tries,
// which may be nil.
func (r Retry) Policy(tries *int) common.RequestMetadata {
	p := common.NewRetryPolicy(r.Attempts, func(got common.OCIOperationResponse) bool {
		more := Transient(got.Error) && got.AttemptNumber < r.Attempts
		if more && tries != nil {
			*tries++
		}
		return more
	}, func(got common.OCIOperationResponse) time.Duration { return r.Pause(got.AttemptNumber) })
	return common.RequestMetadata{RetryPolicy: &p}
}

// Transient reports whether the same call may succeed later: the service has too
// much to do or is sick, or the connection failed.
func Transient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, ErrNobodyWaits) || errors.Is(err, ErrLeftAlone) || errors.Is(err, ErrTooMany) || common.IsCircuitBreakerError(err) {
		return false
	}
	status, _ := Told(err)
	switch status {
	case 0:
		return true
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// Told is what the service said; zero if it said nothing.
func Told(err error) (status int, code string) {
	var f common.ServiceError
	if errors.As(err, &f) {
		return f.GetHTTPStatusCode(), f.GetCode()
	}
	return 0, ""
}
