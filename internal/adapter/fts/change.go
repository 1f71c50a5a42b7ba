package fts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// change is a write to one slot. A nil record is a tombstone.
type change struct {
	id                  string
	version             int64
	print               int64  // of the record, see fingerprint
	old                 uint32 // slot to empty; noSlot for none
	at                  uint32 // slot to fill; noSlot for a tombstone
	used                bool   // at had another document before
	light               bool   // only the record changes
	columns, categories []string
	record              []byte
	codes               []uint64
	length              uint32 // set by write
}

const noSlot = ^uint32(0)

// write carries out changes in one transaction.
func (f *file) write(ctx context.Context, changes []change) error {
	tx, err := f.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	w := writer{ctx: ctx, tx: tx, prepared: map[string]*sql.Stmt{}}
	for i := range changes {
		if err := changes[i].write(&w); err != nil {
			return fmt.Errorf("write %s: %w", changes[i].id, err)
		}
	}
	return tx.Commit()
}

// writer prepares each statement of a transaction once.
type writer struct {
	ctx      context.Context
	tx       *sql.Tx
	prepared map[string]*sql.Stmt
}

func (w *writer) prepare(query string) (*sql.Stmt, error) {
	if st, ok := w.prepared[query]; ok {
		return st, nil
	}
	st, err := w.tx.PrepareContext(w.ctx, query) // closed with the transaction
	if err == nil {
		w.prepared[query] = st
	}
	return st, err
}

func (w *writer) exec(query string, args ...any) error {
	st, err := w.prepare(query)
	if err == nil {
		_, err = st.ExecContext(w.ctx, args...)
	}
	return err
}

func (w *writer) bytes(query string, args ...any) (b []byte, err error) {
	st, err := w.prepare(query)
	if err == nil {
		err = st.QueryRowContext(w.ctx, args...).Scan(&b)
	}
	return b, err
}

const putDoc = `INSERT INTO docs (id, slot, version, print) VALUES (?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET slot = excluded.slot, version = excluded.version, print = excluded.print`

func (c *change) write(w *writer) error {
	if c.light {
		return errors.Join(w.exec(`UPDATE docs SET version = ? WHERE id = ?`, c.version, c.id), w.exec(`UPDATE records SET record = ? WHERE slot = ?`, c.record, c.at))
	}
	if c.old != noSlot {
		if err := w.exec(`DELETE FROM words WHERE rowid = ?`, c.old); err != nil {
			return err
		}
	}
	if c.at == noSlot {
		return w.exec(putDoc, c.id, nil, c.version, 0)
	}
	if c.used {
		if err := c.takeOver(w); err != nil {
			return err
		}
	}
	args := []any{c.at}
	for _, text := range c.columns {
		args = append(args, text)
	}
	if err := errors.Join(w.exec(`INSERT INTO words (rowid, title, sku, brand, description, attributes) VALUES (?, ?, ?, ?, ?, ?)`, args...),
		w.exec(`INSERT INTO records (slot, record) VALUES (?, ?)`, c.at, c.record),
		w.exec(putDoc, c.id, c.at, c.version, c.print)); err != nil {
		return err
	}
	for _, code := range c.codes {
		if err := w.exec(`INSERT INTO codes (code, slot) VALUES (?, ?)`, int64(code), c.at); err != nil {
			return err
		}
	}
	sizes, err := w.bytes(`SELECT sz FROM words_docsize WHERE id = ?`, c.at)
	c.length = sumSizes(sizes)
	return err
}

// takeOver removes what is left in the slot of a document that is gone.
func (c *change) takeOver(w *writer) error {
	record, err := w.bytes(`DELETE FROM records WHERE slot = ? RETURNING record`, c.at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	codes, err := codesIn(record)
	for _, code := range codes {
		if err == nil {
			err = w.exec(`DELETE FROM codes WHERE code = ? AND slot = ?`, int64(code), c.at)
		}
	}
	return err
}
