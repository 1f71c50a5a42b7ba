// Package monitoring is the measure.Sink that posts to OCI Monitoring.
package monitoring
