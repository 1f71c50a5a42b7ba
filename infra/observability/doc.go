// Package observability holds rules, alerts and dashboards against the program
// and against the tools that read them.
package observability
