// Package orasql reads the subset of Oracle 19c's SQL that this project writes, refuses everything else with
// position, reason and the nearest right form, and writes what it accepts for SQLite and PostgreSQL 15.
// It imports the standard library only and never talks to a database.
package orasql
