// Package oracle runs the database's promises on a real Oracle: go test -tags
// oracle ./tests/oracle. It starts Oracle Free in a container, or uses the
// schema that ORACLE_DSN names, as user/password@host:port/service, and EMPTIES
// that schema. Without either the tests are skipped and say why.
package oracle
