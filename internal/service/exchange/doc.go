// Package exchange takes data out of the shop and puts it in again, as CSV or
// JSON lines: the catalogue with its texts in other languages, prices, stock,
// customers, promotions, orders. What was taken out and put into an empty shop comes out the same, byte for byte; what
// is put in twice changes nothing the second time.
//
// A noun is a table of columns, which both formats are read and written by, a
// source that pages through the shop, and a sink that takes rows a batch at a
// time in one transaction, together with the mark of how far the import has got.
package exchange
