package analysing

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"strconv"
	"time"

	"tradewind/internal/domain/analytics"
	"tradewind/internal/domain/object"
	"tradewind/internal/store"
)

// Schema is the version of the columns of exports. A column may be added at the
// end; anything else is another version, in another folder.
const Schema = 1

// Column is one of a table.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // text, integer or moment (RFC 3339, UTC)
}

// Manifest tells of one file. It is written after the file: what has none, or
// another digest, is not whole.
type Manifest struct {
	Schema  int           `json:"schema"`
	Table   string        `json:"table"`
	Day     analytics.Day `json:"day,omitempty"`
	Version int64         `json:"version,omitempty"` // of the day
	File    string        `json:"file"`              // beside the manifest
	Format  string        `json:"format"`
	Columns []Column      `json:"columns"`
	Rows    int           `json:"rows"`
	Bytes   int64         `json:"bytes"`
	SHA256  string        `json:"sha256"`
	At      time.Time     `json:"exported_at"`
}

// Files is where exports go: an object store, or a folder of plain files.
type Files interface {
	Put(ctx context.Context, key string, body io.Reader, how object.Put) (object.Info, error)
	Get(ctx context.Context, key string, part object.Range) (object.Info, io.ReadCloser, error)
	Delete(ctx context.Context, key string) error
}

// Exporter writes what has changed since the last time below Prefix. One place is
// kept up to date: another, told by Where, begins with everything.
type Exporter struct {
	*Service
	Store         Files
	Prefix, Where string
}

// exportMark is where the last export went.
const exportMark = "export"

// here lets everything be due if the last export went elsewhere.
func (x *Exporter) here(ctx context.Context) error {
	sum := sha256.Sum256([]byte(x.Where))
	place := hex.EncodeToString(sum[:])
	m, err := x.DB.Read().Analytics.Mark(ctx, exportMark)
	if err != nil || m.Place == place {
		return err
	}
	return x.DB.InTx(ctx, func(tx store.Stores) error {
		if err := tx.Analytics.AllDue(ctx); err != nil {
			return err
		}
		return tx.Analytics.SetMark(ctx, exportMark, analytics.Mark{Place: place, At: x.Now()})
	})
}

// Export writes what facts name, and a file and a manifest for each day of a table
// that has changed. It returns how many files that were, none if nothing has. One
// that is killed goes on with what is left.
func (x *Exporter) Export(ctx context.Context) (files int, err error) {
	if err := x.here(ctx); err != nil {
		return 0, err
	}
	for {
		due, err := x.DB.Read().Analytics.Due(ctx, pages)
		if err != nil || len(due) == 0 {
			return files, err
		}
		if files == 0 {
			for _, d := range dimensions {
				if err := x.dimension(ctx, d); err != nil {
					return files, fmt.Errorf("export %s: %w", d.name, err)
				}
				files++
			}
		}
		for _, d := range due {
			if err := x.day(ctx, d); err != nil {
				return files, fmt.Errorf("export %s of %d: %w", d.Part, d.Day, err)
			}
			files++
		}
	}
}

// day writes one day of a table. The name of the file has the day's version, so
// whoever reads by the manifest never sees half of two.
func (x *Exporter) day(ctx context.Context, d analytics.Due) error {
	table, ok := tables[d.Part]
	if !ok {
		return errors.New("no table has this name")
	}
	dir := path.Join(x.Prefix, "v"+strconv.Itoa(Schema), d.Part, "day="+strconv.FormatInt(int64(d.Day), 10))
	m := Manifest{Schema: Schema, Table: d.Part, Day: d.Day, Version: d.Version, File: fmt.Sprintf("data-%d.csv", d.Version), Format: "csv", Columns: table.columns, At: x.Now()}
	before, _ := x.manifest(ctx, dir) // none is fine
	if err := x.write(ctx, dir, &m, func(row func([]string) error) error { return table.rows(ctx, x.DB.Read().Analytics, d.Day, row) }); err != nil {
		return err
	}
	if err := x.DB.Read().Analytics.Exported(ctx, d); err != nil {
		return err
	}
	if before.File != "" && before.File != m.File {
		return x.Store.Delete(ctx, path.Join(dir, before.File))
	}
	return nil
}

// counting notes how much goes through it.
type counting struct {
	to  io.Writer
	sum hash.Hash
	n   int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.sum.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// write writes a file as it is read, and its manifest afterwards.
func (x *Exporter) write(ctx context.Context, dir string, m *Manifest, rows func(row func([]string) error) error) error {
	in, out := io.Pipe()
	put := make(chan error, 1)
	go func() {
		_, err := x.Store.Put(ctx, path.Join(dir, m.File), in, object.Put{ContentType: "text/csv"})
		in.CloseWithError(err) //nolint:errcheck // never fails
		put <- err
	}()
	c := &counting{to: out, sum: sha256.New()}
	w := csv.NewWriter(c)
	head := make([]string, len(m.Columns))
	for i, col := range m.Columns {
		head[i] = col.Name
	}
	err := w.Write(head)
	if err == nil {
		err = rows(func(row []string) error { m.Rows++; return w.Write(row) })
	}
	w.Flush()
	err = errors.Join(err, w.Error())
	out.CloseWithError(err) //nolint:errcheck // never fails; nil is the end
	if e := <-put; err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	m.Bytes, m.SHA256 = c.n, hex.EncodeToString(c.sum.Sum(nil))
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	_, err = x.Store.Put(ctx, path.Join(dir, "manifest.json"), readerOf(text), object.Put{ContentType: "application/json"})
	return err
}

// manifest reads the one that is there.
func (x *Exporter) manifest(ctx context.Context, dir string) (m Manifest, err error) {
	_, body, err := x.Store.Get(ctx, path.Join(dir, "manifest.json"), object.Range{})
	if err != nil {
		return m, err
	}
	defer body.Close()
	return m, json.NewDecoder(io.LimitReader(body, 1<<20)).Decode(&m)
}
