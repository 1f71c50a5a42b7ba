// Package ocitest stands in for OCI services on the wire: the unmodified SDK
// talks to it, with its own marshalling, signing, paging and retries. A Server
// verifies signatures, answers the services' errors and misbehaves on demand;
// each service is one or a few files that add routes. It is for tests.
package ocitest
