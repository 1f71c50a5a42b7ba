// Package archive moves orders that are over out of the shop into files: one for
// each month and sales region, as lines of an export, with a manifest that is
// written last. What a file holds and the database agrees with may be purged; an
// order that changes meanwhile stays. The files can be imported again.
package archive
