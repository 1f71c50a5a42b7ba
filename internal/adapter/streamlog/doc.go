// Package streamlog is the log of facts in the shop's own database: processes
// that share the database share the log. It stands in for OCI Streaming and is
// what the facts of transactions are kept in before they go there.
package streamlog
