// Package sqlstore keeps the shop in a database. Its SQL is written once, in
// Oracle's dialect, one file per noun, and runs on two engines: Oracle, and the
// embedded SQLite, which takes transactions in groups. Tests add PostgreSQL.
//
// A noun's file knows a handle and its statements; engines and migrations know
// no noun. It imports the domain, orasql and oraemu, and is the only package
// that imports database drivers.
package sqlstore
