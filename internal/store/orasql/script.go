package orasql

import "strings"

// Step is one statement of a migration file.
type Step struct {
	Line   int    // of its first word, from 1
	Oracle string // the whole text, for Oracle
	Shared string // without the fenced parts; "" if all of it is fenced
}

const (
	fenceOpen  = "-- oracle-only"
	fenceClose = "-- end"
)

// SplitScript cuts a migration file into statements. A statement ends with ;
// at a line's end. Fences may stand around whole statements or around a clause
// inside one, each on a line of its own; removed lines stay as empty lines, so
// that positions in errors are those of the file. The error is an *Error.
func SplitScript(text string) ([]Step, error) {
	var (
		steps          []Step
		oracle, shared []string
		fenced         bool
		fencedAt       int
		state          scanState
	)
	start := 0
	finish := func() {
		o := strings.Join(oracle, "\n")
		if strings.TrimSpace(withoutComments(o)) != "" {
			lead := len(o) - len(strings.TrimLeft(o, " \t\r\n"))
			s := strings.Join(shared, "\n")
			st := Step{Line: start + 1 + strings.Count(o[:lead], "\n"), Oracle: strings.TrimSpace(o)}
			if strings.TrimSpace(withoutComments(s)) != "" {
				st.Shared = strings.TrimRight(s[min(lead, len(s)):], " \t\r\n")
			}
			steps = append(steps, st)
		}
		oracle, shared = nil, nil
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		trimmed := strings.TrimSpace(line)
		if len(oracle) == 0 {
			start = i
		}
		if !state.open() {
			switch {
			case strings.EqualFold(trimmed, fenceOpen):
				if fenced {
					return nil, &Error{ORA: 900, Line: i + 1, Col: 1, Reason: "fence inside a fence", Try: fenceClose}
				}
				fenced, fencedAt = true, i+1
				oracle, shared = append(oracle, ""), append(shared, "")
				continue
			case strings.EqualFold(trimmed, fenceClose):
				if !fenced {
					return nil, &Error{ORA: 900, Line: i + 1, Col: 1, Reason: "end of a fence that was not opened", Try: fenceOpen}
				}
				fenced = false
				oracle, shared = append(oracle, ""), append(shared, "")
				continue
			}
		}
		code, ends := state.line(line)
		if !state.open() && ends {
			line = code
		}
		oracle = append(oracle, line)
		if fenced {
			shared = append(shared, "")
		} else {
			shared = append(shared, line)
		}
		if ends && !state.open() {
			finish()
		}
	}
	switch {
	case fenced:
		return nil, &Error{ORA: 900, Line: fencedAt, Col: 1, Reason: "fence not closed", Try: fenceClose}
	case state.open():
		return nil, &Error{ORA: 1756, Line: start + 1, Col: 1, Reason: "literal or comment not closed"}
	}
	if rest := withoutComments(strings.Join(oracle, "\n")); strings.TrimSpace(rest) != "" {
		return nil, &Error{ORA: 911, Line: start + 1, Col: 1, Reason: "statement without ; at a line's end", Try: ";"}
	}
	return steps, nil
}

// scanState follows literals and comments over lines.
type scanState struct{ quoted, comment bool }

func (s *scanState) open() bool { return s.quoted || s.comment }

// line reads one line and reports whether it ends with ; outside literals and
// comments; code is the line before that ;.
func (s *scanState) line(line string) (code string, ends bool) {
	last, lastAt := byte(0), 0
	for i := 0; i < len(line); i++ {
		ch := line[i]
		switch {
		case s.comment:
			if ch == '*' && i+1 < len(line) && line[i+1] == '/' {
				s.comment = false
				i++
			}
		case s.quoted:
			if ch == '\'' {
				s.quoted = false
			}
			last, lastAt = ch, i
		case ch == '\'':
			s.quoted = true
			last, lastAt = ch, i
		case ch == '-' && i+1 < len(line) && line[i+1] == '-':
			return line[:lastAt], last == ';'
		case ch == '/' && i+1 < len(line) && line[i+1] == '*':
			s.comment = true
			i++
		case ch != ' ' && ch != '\t':
			last, lastAt = ch, i
		}
	}
	return line[:lastAt], last == ';' && !s.open()
}

// withoutComments removes -- and /* */ comments outside literals.
func withoutComments(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch {
		case text[i] == '\'':
			n := strings.IndexByte(rest[1:], '\'')
			if n < 0 {
				b.WriteString(rest)
				return b.String()
			}
			b.WriteString(rest[:n+2])
			i += n + 1
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				return b.String()
			}
			i += n - 1
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return b.String()
			}
			i += n + 3
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
