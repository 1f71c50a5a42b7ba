// Package worker is where time and events come in: the relay that delivers the
// outbox to consumers, runners that work on what it has queued, and jobs that run
// by the clock. It may import services, stores and domains.
package worker
