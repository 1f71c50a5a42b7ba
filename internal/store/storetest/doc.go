// Package storetest is what every database must do for the shop: the promises
// of the stores, and races that only many buyers at once can lose. It stands
// beside the house: each engine runs it, so it may import services too.
package storetest
