// Package oracletest gives tests, built with -tags oracle, the schema that
// TRADEWIND_TEST_ORACLE_DSN names, and EMPTIES it. `make test-engines` starts an
// Oracle Free in a container for that, where there is an engine.
package oracletest
