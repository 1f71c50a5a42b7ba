package sqlstore

import (
	"modernc.org/libc"
)

// The allocator under SQLite (modernc.org/memory) hands out blocks of a power
// of two from pages of 64 KiB, a list for each size, and returns a page to the
// kernel with its last block. Bound values live for a statement and the journal
// of a savepoint for a transaction, so pages would be mapped, touched and
// unmapped again and again: a seventh of the processor time of a checkout when
// it was measured. One block kept in a page keeps the page.
const (
	pageBytes   = 64 << 10
	smallestLog = 4  // 16 bytes
	largestLog  = 14 // 16 KiB; larger blocks have pages of their own
)

// pagesKept is how many pages are kept for a size: a megabyte for the sizes of
// journals and of cached pages.
func pagesKept(log int) int {
	if log >= 9 && log <= 13 {
		return 16
	}
	return 3
}

func init() {
	tls := libc.NewTLS()
	defer tls.Close()
	for log := smallestLog; log <= largestLog; log++ {
		perPage := pageBytes>>log - 1 // the page's header takes less than a block
		var free []uintptr
		for i := range pagesKept(log) * perPage {
			if p := libc.Xmalloc(tls, 1<<log); i%perPage != 0 {
				free = append(free, p)
			}
		}
		for _, p := range free {
			libc.Xfree(tls, p)
		}
	}
}
