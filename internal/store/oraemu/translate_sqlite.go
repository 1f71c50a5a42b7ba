package oraemu

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"tradewind/internal/store/orasql"
)

func (c *conn) sqliteFault(err *sqlite.Error, p *prepared, values []driver.NamedValue) *Error {
	message := err.Error()
	switch err.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
		return violation(codeUnique, c.shared.uniqueName(detail(message, "UNIQUE constraint failed: ")), err)
	case lib.SQLITE_CONSTRAINT_NOTNULL:
		table, column, _ := strings.Cut(detail(message, "NOT NULL constraint failed: "), ".")
		return nullInto(p.updates(), table, column, err)
	case lib.SQLITE_CONSTRAINT_CHECK:
		name := detail(message, "CHECK constraint failed: ")
		if limit := c.shared.limitViolation(name, err); limit != nil {
			return limit
		}
		return violation(codeCheck, name, err)
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		code, name := c.foreignKey(p, values)
		return violation(code, name, err)
	case lib.SQLITE_CONSTRAINT_DATATYPE, lib.SQLITE_MISMATCH:
		return newError(codeConversion, err, "invalid number, or text where a number belongs: %s", message)
	}
	switch err.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_PROTOCOL: // the last: many processes began to read at once, and this one lost too often
		return busy(err)
	case lib.SQLITE_READONLY:
		return newError(codeReadOnly, err, "may not perform insert/delete/update operation inside a READ ONLY transaction")
	case lib.SQLITE_TOOBIG:
		return newError(codeTooLong, err, "value too large for column")
	case lib.SQLITE_INTERRUPT:
		c.doomIfUndone(p, err)
		return newError(codeCancelled, err, "user requested cancel of current operation")
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_NOMEM, lib.SQLITE_CORRUPT:
		// SQLite may roll back the whole transaction by itself after these.
		if c.inTx {
			c.doomed = err
		}
	}
	return nil
}

// detail is what follows the marker in "constraint failed: <marker><detail> (2067)".
func detail(message, marker string) string {
	_, rest, _ := strings.Cut(message, marker)
	if i := strings.LastIndex(rest, " ("); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// foreignKey names the violated foreign key, which SQLite does not say, and
// tells a missing parent from a remaining child.
func (c *conn) foreignKey(p *prepared, values []driver.NamedValue) (code int, name string) {
	table := p.table()
	parents, children := c.shared.foreignKeys(table)
	if p != nil && p.plan != nil {
		switch p.kind {
		case orasql.Insert:
			children = nil
		case orasql.Delete:
			parents = nil
		}
	}
	switch candidates := append(slices.Clone(parents), children...); {
	case len(candidates) == 0:
		return codeNoParent, ""
	case len(candidates) > 1:
		if broken, ok := c.tryDeferred(p, values, candidates); ok {
			name = broken
		}
	default:
		name = candidates[0].Name
	}
	isChild := func(k key) bool { return k.Name == name }
	if slices.ContainsFunc(children, isChild) && !slices.ContainsFunc(parents, isChild) {
		return codeHasChild, name
	}
	if name == "" && len(parents) == 0 {
		return codeHasChild, ""
	}
	return codeNoParent, name
}

// tryDeferred runs the failed change once more with the check put off, asks
// SQLite which rows lack their parent, and undoes it. Only the path of an
// error that is a bug or a race pays for this.
func (c *conn) tryDeferred(p *prepared, values []driver.NamedValue, candidates []key) (string, bool) {
	if p == nil || p.stmt == nil || values == nil {
		return "", false
	}
	ctx := context.Background()
	run := func(sql string) error {
		_, err := c.execer.ExecContext(ctx, sql, nil)
		return err
	}
	if run("SAVEPOINT foreign_key") != nil {
		return "", false
	}
	defer func() {
		if run("ROLLBACK TO SAVEPOINT foreign_key") != nil || run("RELEASE SAVEPOINT foreign_key") != nil ||
			run("PRAGMA defer_foreign_keys = OFF") != nil {
			c.lost = true
		}
	}()
	if run("PRAGMA defer_foreign_keys = ON") != nil {
		return "", false
	}
	if _, err := p.stmt.ExecContext(ctx, values); err != nil {
		return "", false
	}
	for _, k := range candidates {
		if c.lacksParent(k) {
			return k.Name, true
		}
	}
	return "", false
}

// lacksParent reports whether a row of the key's table breaks it.
func (c *conn) lacksParent(k key) bool {
	on, set := make([]string, len(k.Columns)), make([]string, len(k.Columns))
	for i := range k.Columns {
		on[i] = `p."` + k.RefColumns[i] + `" = c."` + k.Columns[i] + `"`
		set[i] = `c."` + k.Columns[i] + `" IS NOT NULL`
	}
	r, err := c.queryer.QueryContext(context.Background(), `SELECT 1 FROM "`+k.table+`" c WHERE `+strings.Join(set, " AND ")+
		` AND NOT EXISTS (SELECT 1 FROM "`+k.RefTable+`" p WHERE `+strings.Join(on, " AND ")+`) LIMIT 1`, nil)
	if err != nil {
		return false
	}
	defer r.Close()
	return r.Next(make([]driver.Value, 1)) == nil
}
