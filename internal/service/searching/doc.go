// Package searching answers shoppers who search, by the index or, while that
// does not answer, by the database. It imports store and domains.
package searching
