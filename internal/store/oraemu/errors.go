package oraemu

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
)

// schema is the owner that stands in messages where Oracle puts its own.
const schema = "TRADEWIND"

// Oracle's error numbers that the emulation produces. They are the ones that
// callers classify by; the vendor's message reference explains each.
const (
	codeUnique       = 1
	codeBusy         = 54
	codeDeadlock     = 60
	codeUnbound      = 1008
	codeCancelled    = 1013
	codeUnknownBind  = 1036
	codeNullInsert   = 1400
	codeNullUpdate   = 1407
	codeTooPrecise   = 1438
	codeReadOnly     = 1456
	codeConversion   = 1722
	codeWrongType    = 932
	codeManyRows     = 1422
	codeNoTx         = 1002
	codeDDLInTx      = 14552
	codeNoSequence   = 2289
	codeCheck        = 2290
	codeNoParent     = 2291
	codeHasChild     = 2292
	codeDisconnected = 3113
	codeSerialize    = 8177
	codeTooLong      = 12899
	codeEngine       = 600
)

// Error is a failure in the words and numbers of Oracle. The engine's own
// error is the Cause, for the log.
type Error struct {
	ORA        int
	Name       string // the violated constraint in upper case, without schema
	Text       string
	Cause      error
	disconnect bool
}

func (e *Error) Error() string { return fmt.Sprintf("ORA-%05d: %s", e.ORA, e.Text) }

// Code is the number after "ORA-", as godror's errors have it.
func (e *Error) Code() int { return e.ORA }

// Constraint is the name of the violated constraint, or "".
func (e *Error) Constraint() string { return e.Name }

func (e *Error) Unwrap() error { return e.Cause }

// Is makes a lost connection what godror makes of it.
func (e *Error) Is(target error) bool { return e.disconnect && target == driver.ErrBadConn }

// foreign is an engine's error that has no counterpart. It hides what it wraps:
// SQLite's errors have a Code method too, and their numbers are not Oracle's.
type foreign struct{ text string }

func (f foreign) Error() string { return f.text }

func newError(code int, cause error, text string, args ...any) *Error {
	return &Error{ORA: code, Cause: cause, Text: fmt.Sprintf(text, args...)}
}

// cancelled reports ctx's end the way callers look for it, by errors.Is.
func cancelled(ctx context.Context) error {
	return newError(codeCancelled, context.Cause(ctx), "user requested cancel of current operation")
}

// violation is the error for a broken constraint of a known kind.
func violation(code int, name string, cause error) *Error {
	name = strings.ToUpper(name)
	e := &Error{ORA: code, Name: name, Cause: cause}
	full := schema + "." + name
	if name == "" {
		full = schema
	}
	switch code {
	case codeUnique:
		e.Text = fmt.Sprintf("unique constraint (%s) violated", full)
	case codeCheck:
		e.Text = fmt.Sprintf("check constraint (%s) violated", full)
	case codeNoParent:
		e.Text = fmt.Sprintf("integrity constraint (%s) violated - parent key not found", full)
	default:
		e.Text = fmt.Sprintf("integrity constraint (%s) violated - child record found", full)
	}
	return e
}

// nullInto is Oracle's complaint about NULL in a NOT NULL column.
func nullInto(update bool, table, column string, cause error) *Error {
	where := columnName(table, column)
	if update {
		return newError(codeNullUpdate, cause, "cannot update (%s) to NULL", where)
	}
	return newError(codeNullInsert, cause, "cannot insert NULL into (%s)", where)
}

func tooLong(table, column string, cause error) *Error {
	return newError(codeTooLong, cause, "value too large for column %s", columnName(table, column))
}

func tooPrecise(cause error) *Error {
	return newError(codeTooPrecise, cause, "value larger than specified precision allowed for this column")
}

func busy(cause error) *Error {
	return newError(codeBusy, cause, "resource busy and acquire with NOWAIT specified or timeout expired")
}

func columnName(table, column string) string {
	return fmt.Sprintf("%q.%q.%q", schema, strings.ToUpper(table), strings.ToUpper(column))
}
