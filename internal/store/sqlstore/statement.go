package sqlstore

import (
	"fmt"
	"slices"
	"strings"
)

// Statement is one SQL text of the program, in Oracle's dialect. Every text is
// a package variable made by statement, so that tests can list, parse and
// prepare all of them, and metrics have a name to file a call under.
type Statement struct {
	Name string // "orders.by-id": the noun, a dot, the question
	Text string
	Rows int  // how many rows a query usually reads, 0 for unknown; Oracle's fetch size
	Long bool // may run for seconds: a caller who leaves stops it
}

var (
	statements     []*Statement
	statementNames = map[string]bool{}
	statementTexts = map[string]string{}
)

// statement registers a text under a name. It is called by package variables
// only; the same name or the same text twice is a mistake in the program.
func statement(name, text string) *Statement {
	if statementNames[name] {
		panic(fmt.Sprintf("sqlstore: two statements are named %s", name))
	}
	if other, taken := statementTexts[text]; taken {
		panic(fmt.Sprintf("sqlstore: statements %s and %s have the same text", other, name))
	}
	st := &Statement{Name: name, Text: text}
	statementNames[name], statementTexts[text] = true, name
	statements = append(statements, st)
	return st
}

// page says that a call usually reads n rows.
func (st *Statement) page(n int) *Statement {
	st.Rows = n
	return st
}

// long marks a report or another statement that may run for seconds.
func (st *Statement) long() *Statement {
	st.Long = true
	return st
}

// Statements returns all SQL texts of the program, sorted by name.
func Statements() []*Statement {
	return slices.SortedFunc(slices.Values(statements), func(a, b *Statement) int {
		return strings.Compare(a.Name, b.Name)
	})
}
