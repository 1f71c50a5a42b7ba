// Package pagelog keeps the embedded database in an object store as it changes:
// first all of its pages, then those that have changed, again and again. Any of
// the moments in between can be had back. It imports domain/object and sqlstore.
//
// A generation begins with a segment of all pages. Each segment names the one
// before by its digest, so that one which is missing, changed or of another
// generation is found. Segments may be encrypted to the keys of age
// (https://age-encryption.org/v1), so that the shop's machine cannot read them.
package pagelog
