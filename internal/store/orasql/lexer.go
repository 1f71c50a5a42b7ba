package orasql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokWord
	tokNumber
	tokString
	tokBind
	tokQuoted // "name", wide grammar only
	tokOp
)

// token.up is the folded word, the operator, the digits, the value of a
// string, or the name of a bind as it was written.
type token struct {
	kind     tokenKind
	pos, end int
	up       string
}

const (
	maxText   = 1 << 20
	maxName   = 128  // bytes, Oracle 12.2 and later
	maxString = 4000 // bytes of a literal, ORA-01704
)

type lexer struct {
	text string
	pos  int
	wide bool
	toks []token
}

// lex splits text into tokens and ends the list with tokEnd.
func lex(text string, wide bool) ([]token, *Error) {
	if len(text) > maxText {
		return nil, newError(text, 0, 1, fmt.Sprintf("statement of %d bytes, at most %d", len(text), maxText), "")
	}
	l := &lexer{text: text, wide: wide, toks: make([]token, 0, len(text)/4+8)}
	for {
		if err := l.blanks(); err != nil {
			return nil, err
		}
		if l.pos >= len(text) {
			l.add(tokEnd, l.pos, "")
			return l.toks, nil
		}
		if err := l.one(); err != nil {
			return nil, err
		}
	}
}

func (l *lexer) add(kind tokenKind, from int, up string) {
	l.toks = append(l.toks, token{kind: kind, pos: from, end: l.pos, up: up})
}

func (l *lexer) at(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return 0
}

// blanks skips white space and comments and refuses hints.
func (l *lexer) blanks() *Error {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.pos++
		case c == '-' && l.at(l.pos+1) == '-':
			if l.at(l.pos+2) == '+' && !l.wide {
				return newOutside(l.text, l.pos, "hint in a comment", "the statement without hints")
			}
			if n := strings.IndexByte(l.text[l.pos:], '\n'); n >= 0 {
				l.pos += n
			} else {
				l.pos = len(l.text)
			}
		case c == '/' && l.at(l.pos+1) == '*':
			if l.at(l.pos+2) == '+' && !l.wide {
				return newOutside(l.text, l.pos, "hint in a comment", "the statement without hints")
			}
			n := strings.Index(l.text[l.pos+2:], "*/")
			if n < 0 {
				return newError(l.text, l.pos, 1742, "comment not closed", "")
			}
			l.pos += n + 4
		default:
			return nil
		}
	}
	return nil
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isNameByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '_' || c == '$' || c == '#'
}

func (l *lexer) one() *Error {
	c := l.text[l.pos]
	switch {
	case isLetter(c):
		return l.word()
	case isDigit(c), c == '.' && isDigit(l.at(l.pos+1)):
		return l.number()
	case c == '\'':
		return l.str()
	case c == ':':
		return l.bind()
	case c == '"':
		return l.quoted()
	case c >= utf8.RuneSelf:
		r, n := utf8.DecodeRuneInString(l.text[l.pos:])
		if r == utf8.RuneError && n <= 1 {
			return newError(l.text, l.pos, 911, "text is not UTF-8", "")
		}
		return newError(l.text, l.pos, 911, fmt.Sprintf("character %q; names are ASCII letters, digits and _", r), "")
	}
	return l.op()
}

func (l *lexer) word() *Error {
	from := l.pos
	for l.pos < len(l.text) && isNameByte(l.text[l.pos]) {
		l.pos++
	}
	raw := l.text[from:l.pos]
	if l.pos < len(l.text) {
		if next := l.text[l.pos]; next == '\'' && len(raw) <= 2 && isTextPrefix(raw) {
			if up := strings.ToUpper(raw); up == "U" || up == "E" || up == "X" || up == "B" {
				return newError(l.text, from, 933, raw+"'..' is not Oracle's", "a plain '...' literal or a bind")
			}
			return newOutside(l.text, from, "string literal with prefix "+raw, "a plain '...' literal or a bind")
		} else if next >= utf8.RuneSelf {
			return newError(l.text, l.pos, 911, "names are ASCII letters, digits and _", "")
		}
	}
	if len(raw) > maxName {
		return newError(l.text, from, 972, fmt.Sprintf("name of %d bytes, at most %d", len(raw), maxName), "")
	}
	if !l.wide && strings.ContainsAny(raw, "$#") {
		return newOutside(l.text, from, "name "+raw+" with $ or #", "letters, digits and _ only")
	}
	l.add(tokWord, from, strings.ToUpper(raw))
	return nil
}

func isTextPrefix(raw string) bool {
	switch strings.ToUpper(raw) {
	case "N", "Q", "NQ", "U", "E", "X", "B":
		return true
	}
	return false
}

func (l *lexer) number() *Error {
	from := l.pos
	digits := func() {
		for isDigit(l.at(l.pos)) {
			l.pos++
		}
	}
	digits()
	if l.at(l.pos) == '.' {
		l.pos++
		digits()
	}
	if c := l.at(l.pos); c == 'e' || c == 'E' {
		save := l.pos
		l.pos++
		if s := l.at(l.pos); s == '+' || s == '-' {
			l.pos++
		}
		if !isDigit(l.at(l.pos)) {
			l.pos = save
		}
		digits()
	}
	if c := l.at(l.pos); c == '_' || c == '$' || c == '#' || isLetter(c) {
		return newError(l.text, from, 911, "letters directly after a number", "a name that starts with a letter")
	}
	l.add(tokNumber, from, l.text[from:l.pos])
	return nil
}

func (l *lexer) str() *Error {
	from := l.pos
	var b strings.Builder
	for rest := l.text[l.pos+1:]; ; {
		n := strings.IndexByte(rest, '\'')
		if n < 0 {
			return newError(l.text, from, 1756, "string literal not closed", "")
		}
		b.WriteString(rest[:n])
		rest = rest[n+1:]
		if !strings.HasPrefix(rest, "'") {
			l.pos = len(l.text) - len(rest)
			break
		}
		b.WriteByte('\'')
		rest = rest[1:]
	}
	val := b.String()
	switch {
	case len(val) > maxString:
		return newError(l.text, from, 1704, fmt.Sprintf("string literal of %d bytes, at most %d", len(val), maxString), "a bind")
	case !utf8.ValidString(val) || strings.IndexByte(val, 0) >= 0:
		return newError(l.text, from, 911, "string literal is not clean UTF-8", "a bind")
	}
	l.add(tokString, from, val)
	return nil
}

func (l *lexer) bind() *Error {
	from := l.pos
	switch next := l.at(l.pos + 1); {
	case next == ':':
		return newError(l.text, from, 933, "the :: operator is PostgreSQL's", "CAST(x AS type)")
	case next == '=':
		return newError(l.text, from, 900, ":= is PL/SQL", "=")
	case isDigit(next):
		return newOutside(l.text, from, "bind by position", "a named bind such as :sku")
	case !isLetter(next):
		return newError(l.text, from, 1745, "colon without a bind name", "a named bind such as :sku")
	}
	l.pos++
	for l.pos < len(l.text) && isNameByte(l.text[l.pos]) {
		l.pos++
	}
	name := l.text[from+1 : l.pos]
	switch {
	case len(name) > maxName:
		return newError(l.text, from, 1745, fmt.Sprintf("bind name of %d bytes, at most %d", len(name), maxName), "")
	case strings.ContainsAny(name, "$#"):
		return newOutside(l.text, from, "bind name "+name+" with $ or #", "letters, digits and _ only")
	case reserved[strings.ToUpper(name)]:
		return newError(l.text, from, 1745, ":"+name+" is a reserved word", "another bind name")
	}
	l.add(tokBind, from, name)
	return nil
}

func (l *lexer) quoted() *Error {
	from := l.pos
	n := strings.IndexByte(l.text[from+1:], '"')
	if n <= 0 || n > maxName {
		return newError(l.text, from, 1741, "quoted name is empty, too long or not closed", "")
	}
	l.pos += n + 2
	if !l.wide {
		return newOutside(l.text, from, "quoted name", "the name without quotes, or '...' for text")
	}
	l.add(tokQuoted, from, l.text[from+1:l.pos-1])
	return nil
}

// foreignOps are operators of other databases, longest first.
var foreignOps = []struct{ op, reason, try string }{
	{"->>", "->> is not Oracle's", "the whole document, read in Go"},
	{"#>>", "#>> is not Oracle's", "the whole document, read in Go"},
	{"<=>", "<=> is MySQL's", "a = b OR (a IS NULL AND b IS NULL)"},
	{"->", "-> is not Oracle's", "the whole document, read in Go"},
	{"==", "== is not an operator", "="},
	{"!~", "regular expression operator", "LIKE"},
	{"&&", "&& is not an operator", "AND"},
	{"<<", "<< is not an operator", ""},
	{">>", ">> is not an operator", ""},
	{"@>", "@> is PostgreSQL's", ""},
	{"~*", "regular expression operator", "LIKE"},
	{"~", "regular expression operator", "LIKE"},
	{"`", "backtick", "the name without quotes"},
	{"?", "? is not a bind", "a named bind such as :sku"},
	{"$", "$ is not a bind", "a named bind such as :sku"},
	{"@", "@p is not a bind, and database links are out", "a named bind such as :sku"},
	{"%", "% is not an operator", "MOD(a, b)"},
	{"&", "& is not an operator", ""},
	{"|", "| is not an operator", ""},
	{"!", "! is not an operator", "NOT"},
	{"_", "a name must start with a letter", "a name that starts with a letter"},
}

func (l *lexer) op() *Error {
	from, rest := l.pos, l.text[l.pos:]
	switch rest[0] {
	case '(', ')', ',', '.', '+', '*':
		l.pos++
		l.add(tokOp, from, rest[:1])
		return nil
	}
	for _, op := range []string{"<=", ">=", "<>", "!="} {
		if strings.HasPrefix(rest, op) && !strings.HasPrefix(rest, "<=>") {
			l.pos += 2
			if op == "!=" {
				op = "<>"
			}
			l.add(tokOp, from, op)
			return nil
		}
	}
	if l.wide && strings.HasPrefix(rest, "=>") {
		l.pos += 2
		l.add(tokOp, from, "=>")
		return nil
	}
	for _, bad := range []string{"^=", "~="} {
		if strings.HasPrefix(rest, bad) {
			return newOutside(l.text, from, bad, "<>")
		}
	}
	if strings.HasPrefix(rest, "||") {
		return newOutside(l.text, from, "|| treats NULL differently everywhere", "the pieces joined in Go")
	}
	if rest[0] == ';' {
		return l.semicolon()
	}
	if !(l.wide && (rest[0] == '@' || rest[0] == '%')) {
		for _, f := range foreignOps {
			if strings.HasPrefix(rest, f.op) {
				return newError(l.text, from, 911, f.reason, f.try)
			}
		}
	}
	if strings.IndexByte("()+-*/,.=<>%", rest[0]) < 0 {
		return newError(l.text, from, 911, fmt.Sprintf("character %q", rest[0]), "")
	}
	l.pos++
	l.add(tokOp, from, rest[:1])
	return nil
}

func (l *lexer) semicolon() *Error {
	from := l.pos
	l.pos++
	if err := l.blanks(); err != nil {
		return err
	}
	if l.pos < len(l.text) {
		return newError(l.text, from, 933, "two statements in one text", "one statement a call")
	}
	return newError(l.text, from, 933, "semicolon at the end", "the statement without it")
}
