// Package queue is the queue.Queue of the domain on OCI Queue. It imports
// domain/queue and oci.
package queue
