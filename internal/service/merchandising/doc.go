// Package merchandising is what staff do with the catalogue: put products,
// prices and stock in, import files, keep the search index in step.
package merchandising
