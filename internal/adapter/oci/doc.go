// Package oci signs in to Oracle Cloud Infrastructure by the way that fits where
// the program runs, and says how calls are made again. The services are in the packages below it, each filling a
// domain's port; ocitest stands in for them in tests. A Line
// bounds what a sick service costs. It imports telemetry alone of ours.
package oci
