// Package remembered is a store.DB that remembers customers' sessions and carts
// in memory that processes share. The database stays the truth: who writes reads
// it, each write is told after its transaction and before its answer, and what
// is remembered is sealed and says itself until when it may be believed. It
// imports store and the domains.
package remembered
