package shared

import "time"

// Rate allows one each Every, and Burst at once after a rest. Both are
// positive; Every is at least a microsecond.
//
// It is kept as the generic cell rate algorithm does (ITU-T I.371, annex A, the
// virtual scheduling form): all that is remembered is when the next one would
// be on time.
type Rate struct {
	Every time.Duration
	Burst int
}

// PerMinute allows n in a minute, a quarter of them at once, but at least 20: a
// page asks for many things when it opens. n must be positive.
func PerMinute(n int) Rate {
	return Rate{Every: time.Minute / time.Duration(n), Burst: max(n/4, min(n, 20))}
}

// Next returns how long to wait, or 0 and what to remember instead of due, the
// time at which the next one was to be on time. A clock that was put back makes
// nobody wait longer than others.
func (r Rate) Next(due, now time.Time) (wait time.Duration, next time.Time) {
	burst := r.Every * time.Duration(r.Burst)
	if latest := now.Add(burst); due.After(latest) {
		due = latest
	}
	if due.Before(now) {
		due = now
	}
	next = due.Add(r.Every)
	if early := next.Sub(now) - burst; early > 0 {
		return early, due
	}
	return 0, next
}
