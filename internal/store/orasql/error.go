package orasql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error says why a statement was refused. Line and Col count from 1, Col in
// characters. Outside marks what Oracle 19c would accept but this project does
// not write; its ORA is 3001, Oracle's code for an unimplemented feature.
type Error struct {
	ORA       int
	Line, Col int
	Reason    string
	Try       string // nearest right form, may be ""
	Outside   bool
}

const outsideCode = 3001

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ORA-%05d at %d:%d: %s", e.ORA, e.Line, e.Col, e.Reason)
	if e.Outside {
		b.WriteString(" (valid Oracle, outside our subset)")
	}
	if e.Try != "" {
		b.WriteString("; write " + e.Try)
	}
	return b.String()
}

// Code returns the number of the Oracle error that the statement would meet.
func (e *Error) Code() int { return e.ORA }

// place turns a byte offset into line and column.
func place(text string, pos int) (line, col int) {
	pos = max(0, min(pos, len(text)))
	before := text[:pos]
	line = strings.Count(before, "\n") + 1
	col = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return line, col
}

func newError(text string, pos, ora int, reason, try string) *Error {
	line, col := place(text, pos)
	return &Error{ORA: ora, Line: line, Col: col, Reason: reason, Try: try}
}

func newOutside(text string, pos int, reason, try string) *Error {
	e := newError(text, pos, outsideCode, reason, try)
	e.Outside = true
	return e
}
