package exchange

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/exchange"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
)

// Service takes data out of the shop and puts it in.
type Service struct {
	DB     store.DB
	Tokens token.Maker // of orders, so that those who had them before have them again
	Now    func() time.Time
	NewID  func() string
}

// Export says what to take out.
type Export struct {
	What, Format string
	Since        time.Time // leaves out what was not changed since; zero is everything
	// PasswordHashes puts the hashes of customers' passwords into the file, so
	// that they can sign in where it is imported.
	PasswordHashes bool
}

// Import says what a file holds and how to take it.
type Import struct {
	What, Format string
	Hash         []byte // SHA-256 of the file, by which an interrupted import is found
	Continue     bool   // go on where the last import of this file was interrupted
	DryRun       bool   // look, change nothing
	Actor        string
	// PasswordHashes takes the hashes of customers' passwords from the file: whoever
	// may do that can sign in as anybody.
	PasswordHashes bool
	Category       string             // title of the category of new products that name none
	Currency       string             // of the prices of a Shopify file
	Each           func(Outcome)      // if not nil, is told what became of every row
	Bad            func(RowError)     // if not nil, is told what could not be imported
	Mark           func(exchange.Run) // if not nil, is told after every batch how far the import has got
}

// Outcome is what an import does to one thing. Differences is empty for what is
// new and for what stays as it is.
type Outcome struct {
	Line        int
	Key         string
	New         bool
	Differences []string
}

// noun is something that can be taken out and put in.
type noun interface {
	called() string
	export(ctx context.Context, s *Service, w writer, o Export) (int64, error)
	load(ctx context.Context, l *loading, r io.Reader) error
}

// nouns in the order in which an empty shop takes them.
var nouns = []noun{categories, brands, products{}, prices, stock, collections, texts, customers, promotions, orders}

// What lists what can be taken out and put in, in the order in which an empty
// shop takes it.
func What() []string {
	names := make([]string, len(nouns))
	for i, n := range nouns {
		names[i] = n.called()
	}
	return names
}

func named(what string) (noun, error) {
	i := slices.Index(What(), what)
	if i < 0 {
		return nil, fault.Field("unknown-noun", "what", "%.40q is not one of %s", what, strings.Join(What(), ", "))
	}
	return nouns[i], nil
}

// Check says whether there is such a noun and such a format.
func (o Export) Check() error {
	if _, err := named(o.What); err != nil {
		return err
	}
	_, err := newWriter(o.Format, io.Discard)
	return err
}

// Export writes everything of one kind, a page at a time, and says how many
// rows it wrote. Codes are "unknown-noun" and "unknown-format".
func (s *Service) Export(ctx context.Context, to io.Writer, o Export) (int64, error) {
	n, err := named(o.What)
	if err != nil {
		return 0, err
	}
	w, err := newWriter(o.Format, to)
	if err != nil {
		return 0, err
	}
	rows, err := n.export(ctx, s, w, o)
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		return rows, fmt.Errorf("export %s: %w", o.What, err)
	}
	return rows, nil
}

// table is a noun by its columns, its source and its sink.
type table[T any] struct {
	name    string
	columns func(hashes bool) []column[T]
	// source returns what gives the next page, empty at the end.
	source func(s *Service, o Export) func(ctx context.Context) ([]T, error)
	sink   func(l *loading) sink[T]
}

// sink puts rows into the shop and says what became of each. What it refuses
// it refuses as a fault.Error, or as a *RowError without a line; the rows of a
// batch that is refused come again in smaller ones.
type sink[T any] func(ctx context.Context, tx store.Stores, rows []T) ([]Outcome, error)

func (t table[T]) called() string { return t.name }

func (t table[T]) export(ctx context.Context, s *Service, w writer, o Export) (n int64, err error) {
	columns := t.columns(o.PasswordHashes)
	if err := w.header(fieldsOf(columns, new(T))); err != nil {
		return 0, err
	}
	for next := t.source(s, o); ; {
		page, err := next(ctx)
		if err != nil || len(page) == 0 {
			return n, err
		}
		for i := range page {
			if err := w.row(fieldsOf(columns, &page[i])); err != nil {
				return n, err
			}
			n++
		}
	}
}

func (t table[T]) load(ctx context.Context, l *loading, from io.Reader) error {
	r, err := newReader(l.run.Format, from)
	if err != nil {
		return err
	}
	columns := t.columns(l.in.PasswordHashes)
	if err := r.header(fieldsOf(columns, new(T))); err != nil {
		return err
	}
	return load(ctx, l, func() (row T, p place, err error) {
		p, err = r.row(fieldsOf(columns, &row))
		return row, p, err
	}, t.sink(l))
}

// page is how many rows are read at once.
const page = 200
