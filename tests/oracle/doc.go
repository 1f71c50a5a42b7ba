// Package oracle runs the database's promises on a real Oracle: `make
// test-oracle`, which starts Oracle Free in a container, or go test -tags oracle
// ./tests/oracle on the schema that TRADEWIND_TEST_ORACLE_DSN names, as
// user/password@host:port/service. It EMPTIES that schema. Without it the tests
// are skipped and say why.
package oracle
