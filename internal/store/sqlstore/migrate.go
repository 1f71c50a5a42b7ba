package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/store/orasql"
)

// Step is one statement of one migration, numbered from 1.
type Step struct {
	Migration string // the file's name without .sql
	Number    int
	Oracle    string // what a DBA would run
	Shared    string // without the oracle-only parts; "" if nothing is left
	Hash      string // of Oracle, to notice a change after the fact
}

func (s Step) String() string { return fmt.Sprintf("%s step %d", s.Migration, s.Number) }

// Steps reads the migrations at the root of fsys in the order of their names.
func Steps(fsys fs.FS) ([]Step, error) {
	files, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, err
	}
	var all []Step
	for _, file := range files { // Glob sorts
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		parts, err := orasql.SplitScript(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for i, p := range parts {
			hash := sha256.Sum256([]byte(p.Oracle))
			all = append(all, Step{Migration: strings.TrimSuffix(path.Base(file), ".sql"), Number: i + 1,
				Oracle: p.Oracle, Shared: p.Shared, Hash: hex.EncodeToString(hash[:])})
		}
	}
	return all, nil
}

// Catalog is the schema that the migrations make, with the migrator's own
// tables, to check statements against.
func Catalog(fsys fs.FS) (*orasql.Catalog, error) {
	steps, err := Steps(fsys)
	if err != nil {
		return nil, err
	}
	var own []Step
	for i, text := range bookkeeping {
		own = append(own, Step{Migration: "bookkeeping", Number: i + 1, Shared: text})
	}
	steps = append(own, steps...)
	cat := orasql.NewCatalog()
	for _, s := range steps {
		if s.Shared == "" {
			continue
		}
		st, err := orasql.Parse(s.Shared)
		if err == nil {
			err = cat.Apply(st)
		}
		if err != nil {
			return nil, fmt.Errorf("%v: %w", s, err)
		}
	}
	return cat, nil
}

// Schema names what the migrations make, as Examine does.
func Schema(fsys fs.FS) (string, error) {
	steps, err := Steps(fsys)
	if err != nil || len(steps) == 0 {
		return "", err
	}
	return fmt.Sprintf("%s, %d steps", steps[len(steps)-1].Migration, len(steps)), nil
}

// Plan is what Up would run on an empty Oracle database, for a DBA to read.
func Plan(fsys fs.FS) (string, error) {
	steps, err := Steps(fsys)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, text := range bookkeeping {
		fmt.Fprintf(&b, "%s;\n\n", text)
	}
	for _, s := range steps {
		fmt.Fprintf(&b, "-- %v\n%s;\n\n", s, s.Oracle)
	}
	return b.String(), nil
}

// bookkeeping is the migrator's own schema. A step is recorded before the next
// one starts. Whoever migrates holds the one row of schema_lock.
var bookkeeping = []string{
	`CREATE TABLE schema_step (
  migration VARCHAR2(100 CHAR) NOT NULL,
  step_no NUMBER(4) NOT NULL,
  text_hash VARCHAR2(64 CHAR) NOT NULL,
  applied_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT schema_step_pk PRIMARY KEY (migration, step_no)
)`,
	`CREATE TABLE schema_lock (
  id NUMBER(1) NOT NULL,
  CONSTRAINT schema_lock_pk PRIMARY KEY (id)
)`,
}

var (
	stepsApplied = statement("schema.applied", `SELECT migration, step_no, text_hash, applied_at FROM schema_step ORDER BY migration, step_no`).page(200)
	stepInsert   = statement("schema.record", `INSERT INTO schema_step (migration, step_no, text_hash, applied_at) VALUES (:migration, :step_no, :text_hash, :applied_at)`)
	lockInsert   = statement("schema.lock-row", `INSERT INTO schema_lock (id) VALUES (1)`)
	lockHold     = statement("schema.lock", `SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE NOWAIT`)
)

// ground is what a Migrator needs of an engine.
type ground interface {
	// exists looks into the database's catalog for what the statement makes.
	exists(ctx context.Context, o object) (bool, error)
	// lock keeps other migrators out until unlock.
	lock(ctx context.Context) (unlock func() error, err error)
	// text is the form of the step that this engine runs, "" for none.
	text(s Step) string
	// learn tells the emulation about a step that was run before.
	learn(ddl string) error
	Close() error
}

// Migrator brings a database's schema up to the migrations.
type Migrator struct {
	fsys fs.FS
	db   *sql.DB
	on   ground
	now  func() time.Time

	known map[string]bool // DDL that the emulation's catalog has

	// ran is called between a step and its record; a test ends the run there.
	ran func(Step) error
}

// OpenMigrator connects to the database that c describes, for the migrations
// at the root of fsys. now is the clock for the records. Close it.
func OpenMigrator(ctx context.Context, c Config, fsys fs.FS, now func() time.Time) (*Migrator, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	open := openSQLiteMigrator
	if c.Engine == EngineOracle {
		open = openOracleMigrator
	}
	db, on, err := open(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Migrator{fsys: fsys, db: db, on: on, now: now}, nil
}

// rowLock holds the one row of schema_lock on a connection of its own.
func rowLock(ctx context.Context, db *sql.DB) (unlock func() error, err error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	var id int
	if err := tx.QueryRowContext(ctx, lockHold.Text).Scan(&id); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx.Rollback, nil
}

// Close gives the connections back.
func (m *Migrator) Close() error { return errors.Join(m.db.Close(), m.on.Close()) }

// Applied is a step's record.
type Applied struct {
	Hash string
	At   time.Time
}

// StepStatus is a step and, if it was applied, when.
type StepStatus struct {
	Step
	At time.Time // zero: not yet
}

// Status tells of each step whether it was applied. It changes nothing.
func (m *Migrator) Status(ctx context.Context) ([]StepStatus, error) {
	steps, err := Steps(m.fsys)
	if err != nil {
		return nil, err
	}
	applied := map[stepKey]Applied{}
	ready, err := m.on.exists(ctx, object{kind: madeTable, name: "schema_step"})
	if err == nil && ready {
		if err = m.learn(bookkeeping[0]); err == nil {
			applied, err = m.applied(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	list := make([]StepStatus, len(steps))
	for i, s := range steps {
		list[i] = StepStatus{s, applied[s.key()].At}
	}
	return list, nil
}

type stepKey struct {
	migration string
	number    int
}

func (s Step) key() stepKey { return stepKey{s.Migration, s.Number} }

// Up runs the steps that were not run yet and returns how many. It may be run
// again after a failure at any point: a step that was carried out but not
// recorded is found in the database's catalog and recorded.
//
// The error's code is "migration-running" if somebody else migrates, and
// "migration-changed" if the text of an applied step is not what it was.
func (m *Migrator) Up(ctx context.Context) (n int, err error) {
	steps, err := Steps(m.fsys)
	if err != nil {
		return 0, err
	}
	if err := m.prepare(ctx); err != nil {
		return 0, fmt.Errorf("prepare migration: %w", err)
	}
	unlock, err := m.on.lock(ctx)
	if err != nil {
		if isTransient(err) {
			return 0, fault.New(fault.Unavailable, "migration-running", "Another process is migrating the database.").Because(err)
		}
		return 0, fmt.Errorf("lock migration: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	applied, err := m.applied(ctx)
	if err != nil {
		return 0, err
	}
	if err := unchanged(steps, applied); err != nil {
		return 0, err
	}
	for _, s := range steps {
		if _, done := applied[s.key()]; done {
			err = m.learn(m.on.text(s))
		} else if err = m.carryOut(ctx, s); err == nil {
			n++
		}
		if err != nil {
			return n, fmt.Errorf("%v: %w", s, err)
		}
	}
	return n, nil
}

func unchanged(steps []Step, applied map[stepKey]Applied) error {
	for _, s := range steps {
		if a, done := applied[s.key()]; done && a.Hash != s.Hash {
			return fault.New(fault.Conflict, "migration-changed",
				"%v is not what was applied on %s. A database of an earlier build is opened by that build: use it, or move the database away. If you changed the text, restore it and write a new migration.", s, a.At.Format(time.DateOnly))
		}
	}
	return nil
}

// prepare makes the bookkeeping's tables and the row that is locked. Two
// migrators may do this at once: the one who comes second finds the first's.
func (m *Migrator) prepare(ctx context.Context) error {
	for _, text := range bookkeeping {
		if err := m.unlessThere(ctx, text); err != nil {
			return err
		}
	}
	_, err := m.db.ExecContext(ctx, lockInsert.Text)
	if codeOf(err) == codeUnique {
		return nil
	}
	return err
}

// unlessThere runs a DDL statement unless its object exists.
func (m *Migrator) unlessThere(ctx context.Context, text string) error {
	there, err := m.made(ctx, text)
	if err != nil {
		return err
	}
	if there {
		return m.learn(text)
	}
	if _, err = m.db.ExecContext(ctx, text); err == nil {
		m.know(text)
		return nil
	}
	if there, look := m.made(ctx, text); look == nil && there { // somebody was faster
		return m.learn(text)
	}
	return err
}

// learn tells the emulation about DDL that the database has already, once.
func (m *Migrator) learn(text string) error {
	if m.known[text] {
		return nil
	}
	if err := m.on.learn(text); err != nil {
		return err
	}
	m.know(text)
	return nil
}

func (m *Migrator) know(text string) {
	if m.known == nil {
		m.known = map[string]bool{}
	}
	m.known[text] = true
}

func (m *Migrator) made(ctx context.Context, text string) (bool, error) {
	o, ok := objectOf(text)
	if !ok {
		return false, nil // harmless to run twice
	}
	kind, drops := strings.CutPrefix(o.kind, dropped)
	o.kind = kind
	there, err := m.on.exists(ctx, o)
	return there != drops, err
}

func (m *Migrator) carryOut(ctx context.Context, s Step) error {
	if text := m.on.text(s); text != "" {
		if err := m.unlessThere(ctx, text); err != nil {
			return err
		}
	}
	if m.ran != nil {
		if err := m.ran(s); err != nil {
			return err
		}
	}
	_, err := m.db.ExecContext(ctx, stepInsert.Text, sql.Named("migration", s.Migration), sql.Named("step_no", s.Number),
		sql.Named("text_hash", s.Hash), sql.Named("applied_at", m.now()))
	return err
}

func (m *Migrator) applied(ctx context.Context) (map[stepKey]Applied, error) {
	r, err := m.db.QueryContext(ctx, stepsApplied.Text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", stepsApplied.Name, err)
	}
	defer r.Close()
	all := map[stepKey]Applied{}
	for r.Next() {
		var k stepKey
		var a Applied
		if err := r.Scan(&k.migration, &k.number, &a.Hash, &a.At); err != nil {
			return nil, err
		}
		all[k] = a
	}
	return all, r.Err()
}
