// Package oraemu is a database/sql driver that gives SQLite and PostgreSQL
// Oracle's manners: named binds only, an empty string is NULL, Oracle's error numbers and
// constraint names, RETURNING INTO, array binds, and transactions that survive
// a failed statement. The SQL it is given is Oracle's, inside the subset that
// orasql understands; anything else is refused before it reaches the engine.
//
// It imports orasql and the two drivers' error types, nothing of the shop.
package oraemu
