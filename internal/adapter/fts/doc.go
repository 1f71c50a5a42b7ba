// Package fts is the embedded search.Index: SQLite FTS5 on disk, and in memory
// a mirror of what filters, facets and sorting need (see mirror). It imports
// search, money and fault; the file can be lost and is then rebuilt.
package fts
