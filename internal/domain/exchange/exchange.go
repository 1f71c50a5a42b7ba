// Package exchange holds what is remembered of imports: how far each has got,
// what it changed, and what it had to leave out.
package exchange

import (
	"context"
	"fmt"
	"time"

	"tradewind/internal/platform/fault"
)

// State is where an import is in its life.
type State string

// The states of an import.
const (
	Running State = "running" // or interrupted: it can be continued
	Done    State = "done"
)

// Counts say what became of the rows of a file.
type Counts struct {
	Read, Added, Changed, Unchanged, Failed int64
}

// Plus adds counts up.
func (c Counts) Plus(d Counts) Counts {
	return Counts{c.Read + d.Read, c.Added + d.Added, c.Changed + d.Changed, c.Unchanged + d.Unchanged, c.Failed + d.Failed}
}

// Run is one import of one file. Read counts the rows that are behind it: an
// import that is continued begins with the next one.
type Run struct {
	ID           string
	What, Format string // "stock", "csv"
	Hash         []byte // SHA-256 of the file
	DryRun       bool
	State        State
	Counts       Counts
	Actor        string
	StartedAt    time.Time
	UpdatedAt    time.Time
}

// RowError is something wrong in a file: a line and a column (both from 1; 0
// where none can be named), the field, and what would work.
type RowError struct {
	Line, Column int
	Field        string
	Message      string
}

func (e *RowError) Error() string {
	where := fmt.Sprintf("line %d", e.Line)
	if e.Column > 0 {
		where += fmt.Sprintf(", column %d", e.Column)
	}
	if e.Field != "" {
		where += " (" + e.Field + ")"
	}
	return where + ": " + e.Message
}

// MaxErrors is how many errors of one run are kept; all are counted.
const MaxErrors = 10_000

// NotFound says that there is no such run.
func NotFound(id string) error {
	return fault.New(fault.NotFound, "import-not-found", "There is no import %s.", id)
}

// Store keeps runs. The code of its errors is "import-not-found".
type Store interface {
	Start(ctx context.Context, r Run) error
	// Advance writes counts, state and moment of r if the run still stands at read
	// rows, and adds errors to it. It reports false if somebody else is at work on it.
	Advance(ctx context.Context, r Run, read int64, bad []RowError) (bool, error)
	Get(ctx context.Context, id string) (Run, error)
	// Interrupted returns the latest run of that file that did not end.
	Interrupted(ctx context.Context, what, format string, hash []byte) (Run, error)
	// List returns up to n runs, newest first, older than the one with the id before ("" for the newest).
	List(ctx context.Context, before string, n int) ([]Run, error)
	// Errors returns up to n errors of a run behind the first skip.
	Errors(ctx context.Context, id string, skip int64, n int) ([]RowError, error)
}
