// Package streaming keeps the log of facts in OCI Streaming.
package streaming
