// Package sql holds the migrations: one text each, in Oracle's dialect, inside
// the subset that internal/store/orasql understands. Parts between
// "-- oracle-only" and "-- end" run on Oracle alone.
package sql

import "embed"

// FS has the migration files at its root, to be applied in the order of their names.
//
//go:embed *.sql
var FS embed.FS
