// Package demo is the demo shop: an original catalogue of household and travel
// goods, tax, shipping and promotions to sell it with, and its pictures. All
// names, texts and drawings are ours; everything is made from tables and is the
// same at every start.
package demo
