package shared

import (
	"context"
	"time"
)

// Documents are copies of what the database holds, each under a key with a
// version of its own. Unlike a space, a document that was forgotten is so in all
// processes at once: who has told of a change may rely on it. As with a Cache,
// nothing fails or waits long.
type Documents interface {
	// Find returns the document under key. If there is none, it names the version
	// under which what is read in the database from now on may be kept; "" if
	// nothing may. Who is given the same version may share one reading.
	Find(ctx context.Context, key string) (doc []byte, version string)
	// Keep puts what was read after Find has named the version, for at most keep,
	// unless the key was forgotten since.
	Keep(ctx context.Context, key, version string, doc []byte, keep time.Duration)
	// Forget makes what is under key stale, and what was read before. It is called
	// after the change, before anybody is told of that. Where it cannot be told at
	// once, this process finds nothing under key until it has been, and it is told
	// as soon as that is possible. Others may find what was kept until its time
	// is over: most is the longest that anybody keeps such a document.
	Forget(ctx context.Context, key string, most time.Duration)
}

// Common is all that processes hold in common.
type Common interface {
	Cache
	Documents
}
