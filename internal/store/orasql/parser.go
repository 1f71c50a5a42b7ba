package orasql

import (
	"fmt"
	"strings"
)

const (
	maxDepth   = 48   // nesting of brackets, subqueries, CASE and NOT
	maxChain   = 400  // operands of one AND, OR or + chain
	maxInList  = 1000 // ORA-01795
	maxColumns = 1000 // ORA-01792
	maxSets    = 200  // branches of UNION and the like
	maxTables  = 60   // SQLite joins at most 64
)

// parser keeps its first error and then sees only the end of the text, so
// every loop that stops at an unexpected token also stops after an error.
type parser struct {
	text  string
	toks  []token
	i     int
	wide  bool
	depth int
	err   *Error
	binds []string
	cuts  []Cut
}

// Parse reads one statement of the shared subset and makes every check that
// needs no catalog. The error is an *Error.
func Parse(text string) (*Statement, error) { return parse(text, false) }

// ParseOracle reads one statement as Parse does, with the wider grammar that
// fenced oracle-only parts of migrations may use.
func ParseOracle(text string) (*Statement, error) { return parse(text, true) }

func parse(text string, wide bool) (*Statement, error) {
	toks, err := lex(text, wide)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, toks: toks, wide: wide}
	kind, n := p.statement()
	if p.err == nil && p.peek().kind != tokEnd {
		p.unexpected("the end of the statement")
	}
	if p.err == nil && kind.IsDDL() && len(p.binds) > 0 {
		p.fail(0, 1027, "bind :"+p.binds[0]+" in a data definition", "a literal")
	}
	if p.err != nil {
		return nil, p.err
	}
	s := &Statement{kind: kind, text: text, node: n, binds: p.binds, cuts: p.cuts}
	if err := checkShape(s); err != nil {
		return nil, err
	}
	return s, nil
}

// ---- tokens

func (p *parser) peek() *token { return &p.toks[p.i] }

func (p *parser) peekAt(n int) *token { return &p.toks[min(p.i+n, len(p.toks)-1)] }

func (p *parser) next() token {
	t := p.toks[p.i]
	if p.i < len(p.toks)-1 {
		p.i++
	}
	return t
}

func (p *parser) at(words ...string) bool {
	for n, w := range words {
		if t := p.peekAt(n); t.kind != tokWord || t.up != w {
			return false
		}
	}
	return true
}

func (p *parser) atOp(op string) bool {
	t := p.peek()
	return t.kind == tokOp && t.up == op
}

func (p *parser) accept(words ...string) bool {
	if !p.at(words...) {
		return false
	}
	for range words {
		p.next()
	}
	return true
}

func (p *parser) acceptOp(op string) bool {
	if !p.atOp(op) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(words ...string) bool {
	for _, w := range words {
		if !p.accept(w) {
			p.unexpected(w)
			return false
		}
	}
	return true
}

func (p *parser) expectOp(op string) bool {
	if p.acceptOp(op) {
		return true
	}
	p.unexpected(op)
	return false
}

// ---- errors

func (p *parser) set(e *Error) {
	if p.err == nil {
		p.err = e
	}
	p.i = len(p.toks) - 1
}

func (p *parser) fail(pos, ora int, reason, try string) {
	if p.err == nil {
		p.set(newError(p.text, pos, ora, reason, try))
	}
}

func (p *parser) outside(pos int, reason, try string) {
	if p.err == nil {
		p.set(newOutside(p.text, pos, reason, try))
	}
}

func (p *parser) failed() bool { return p.err != nil }

// enter counts nesting; a caller that gets false must return.
func (p *parser) enter() bool {
	p.depth++
	if p.depth > maxDepth {
		p.fail(p.peek().pos, 913, fmt.Sprintf("nested deeper than %d", maxDepth), "a flatter statement")
	}
	return p.err == nil
}

func (p *parser) leave() { p.depth-- }

func describe(t *token) string {
	switch t.kind {
	case tokEnd:
		return "the end"
	case tokString:
		return "a string literal"
	case tokBind:
		return ":" + t.up
	case tokQuoted:
		return "a quoted name"
	}
	return t.up
}

// unexpected reports the token at hand where want should stand, with advice
// for words that come from other databases.
func (p *parser) unexpected(want string) {
	if p.err != nil {
		return
	}
	t := p.peek()
	if t.kind == tokWord {
		if a, ok := advice[t.up]; ok {
			if a.outside {
				p.outside(t.pos, a.reason, a.try)
			} else {
				p.fail(t.pos, 933, a.reason, a.try)
			}
			return
		}
	}
	ora := 933
	switch want {
	case ")":
		ora = 907
	case "(":
		ora = 906
	case "FROM":
		ora = 923
	case "SELECT":
		ora = 928
	case "INTO":
		ora = 925
	case ",":
		ora = 917
	case "SET":
		ora = 971
	case "VALUES":
		ora = 926
	case "BY":
		ora = 924
	case "THEN", "END", "WHEN":
		ora = 905
	}
	p.fail(t.pos, ora, "found "+describe(t)+", expected "+want, "")
}

type counsel struct {
	reason, try string
	outside     bool
}

var advice = map[string]counsel{
	"LIMIT":        {"LIMIT is not Oracle's", "FETCH FIRST :n ROWS ONLY", false},
	"AS":           {"AS before a table alias", "FROM orders o", false},
	"EXCEPT":       {"EXCEPT is not in 19c", "MINUS", false},
	"ON":           {"ON stands only after a JOIN's table", "UPDATE, and INSERT if no row changed, instead of ON CONFLICT", false},
	"ILIKE":        {"ILIKE is PostgreSQL's", "LOWER(a) LIKE :pattern", false},
	"FILTER":       {"FILTER is not Oracle's", "SUM(CASE WHEN .. THEN 1 ELSE 0 END)", false},
	"RECURSIVE":    {"WITH RECURSIVE is not Oracle's", "WITH t (a, b) AS (..)", false},
	"RETURNING":    {"RETURNING does not stand here", "INSERT .. VALUES (..) RETURNING id INTO :id", false},
	"CONNECT":      {"CONNECT BY", "WITH t (a, b) AS (SELECT .. UNION ALL SELECT ..)", true},
	"START":        {"START WITH", "WITH t (a, b) AS (SELECT .. UNION ALL SELECT ..)", true},
	"PIVOT":        {"PIVOT", "SUM(CASE WHEN .. END)", true},
	"UNPIVOT":      {"UNPIVOT", "UNION ALL", true},
	"MODEL":        {"MODEL clause", "Go", true},
	"SAMPLE":       {"SAMPLE", "a WHERE condition", true},
	"PARTITION":    {"choosing a partition", "a WHERE condition on the partition key", true},
	"SUBPARTITION": {"choosing a partition", "a WHERE condition on the partition key", true},
	"VERSIONS":     {"flashback query", "an audit table", true},
	"LOG":          {"LOG ERRORS", "errors handled in Go", true},
	"KEEP":         {"KEEP (DENSE_RANK ..)", "ROW_NUMBER() OVER (..)", true},
	"WITHIN":       {"WITHIN GROUP", "Go", true},
	"COLLATE":      {"COLLATE", "LOWER(a)", true},
	"WINDOW":       {"the WINDOW clause is 21c and later", "OVER (..) spelled out", false},
	"QUALIFY":      {"QUALIFY is 23ai only", "a subquery with ROW_NUMBER()", false},
	"REGEXP":       {"REGEXP is not Oracle's", "LIKE", false},
	"RLIKE":        {"RLIKE is MySQL's", "LIKE", false},
	"GLOB":         {"GLOB is SQLite's", "LIKE", false},
	"DIV":          {"DIV is MySQL's", "the division in Go", false},
	"NATURAL":      {"NATURAL JOIN", "JOIN .. USING (..)", true},
	"LATERAL":      {"LATERAL", "a join or a scalar subquery", true},
	"SEMI":         {"SEMI JOIN is not Oracle's", "WHERE EXISTS (..)", false},
	"ANTI":         {"ANTI JOIN is not Oracle's", "WHERE NOT EXISTS (..)", false},
	"IGNORE":       {"IGNORE is MySQL's", "INSERT, and treat ORA-00001 in Go", false},
}

// ---- names

// name reads a table, column, alias or constraint name and folds it to lower
// case. what is used in messages; ora is the code when there is none.
func (p *parser) name(what string, ora int) string {
	t := p.peek()
	switch {
	case t.kind == tokQuoted: // lexed in the wide grammar only
		p.next()
		return t.up
	case t.kind == tokNumber || t.kind == tokString || t.kind == tokEnd:
		p.fail(t.pos, ora, "found "+describe(t)+", expected "+what, "")
		return ""
	case t.kind == tokBind:
		p.fail(t.pos, 903, "a bind cannot stand for "+what, "the name itself, chosen from a fixed list in Go")
		return ""
	case t.kind != tokWord:
		p.unexpected(what)
		return ""
	case reserved[t.up]:
		p.fail(t.pos, ora, strings.ToLower(t.up)+" is a reserved word, expected "+what, reservedTry[t.up])
		return ""
	case structural[t.up]:
		switch next := p.peekAt(1); {
		case next.kind == tokOp && strings.Contains(",).=", next.up), next.kind == tokEnd, t.up == "LIMIT" && next.kind == tokWord && next.up != "ALL":
			p.outside(t.pos, t.up+" as a name, which readers take for a keyword", "another name")
		default:
			p.fail(t.pos, ora, "found "+t.up+", expected "+what, advice[t.up].try)
		}
		return ""
	}
	p.next()
	return strings.ToLower(t.up)
}

var reservedTry = map[string]string{
	"DATE": "placed_at", "USER": "app_user", "SESSION": "user_session", "ORDER": "orders", "COMMENT": "note",
	"LEVEL": "depth or rank_no", "SIZE": "size_bytes", "MODE": "mode_name", "NUMBER": "order_no", "ACCESS": "access_kind",
	"FILE": "file_name", "RESOURCE": "resource_name", "AUDIT": "audit_entry", "OPTION": "choice", "GROUP": "group_name",
	"ROW": "row_no", "TABLE": "table_name", "INDEX": "position", "TRIGGER": "trigger_name", "VIEW": "view_name",
	"START": "starts_at", "INITIAL": "initial_value", "CURRENT": "current_value", "UID": "user_id",
}

// tableName reads an unqualified table name.
func (p *parser) tableName() (string, int) {
	pos := p.peek().pos
	n := p.name("a table name", 903)
	if p.atOp(".") && !p.wide {
		p.outside(pos, "table name with a schema", "the name alone")
	}
	if p.wide && p.acceptOp(".") {
		n = p.name("a table name", 903)
	}
	return n, pos
}

// names reads a bracketed list of distinct names.
func (p *parser) names(what string) []*colRef {
	var out []*colRef
	p.expectOp("(")
	for {
		pos := p.peek().pos
		c := &colRef{node: node{pos}, name: p.name(what, 904)}
		for _, o := range out {
			if o.name == c.name {
				p.fail(pos, 957, "duplicate column "+c.name, "")
			}
		}
		out = append(out, c)
		if p.failed() || len(out) > maxColumns || !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	return out
}

// alias reads an optional alias. asOK says whether AS may introduce it.
func (p *parser) alias(asOK bool) string {
	t := p.peek()
	if asOK && p.accept("AS") {
		return p.name("an alias", 923)
	}
	if t.kind == tokQuoted {
		p.next()
		return t.up
	}
	if t.kind != tokWord || reserved[t.up] || structural[t.up] || clauseWords[t.up] {
		return ""
	}
	p.next()
	return strings.ToLower(t.up)
}

func (p *parser) bind(t token) *bindRef {
	b := &bindRef{node: node{t.pos}, name: t.up}
	for _, n := range p.binds {
		if strings.EqualFold(n, t.up) {
			b.name = n
			return b
		}
	}
	p.binds = append(p.binds, t.up)
	return b
}
