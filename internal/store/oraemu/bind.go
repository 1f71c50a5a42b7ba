package oraemu

import (
	"database/sql"
	"database/sql/driver"
	"math"
	"reflect"
	"strings"
	"time"

	"tradewind/internal/store/orasql"
)

// array is a slice given as a bind: the statement runs once for each element.
type array []driver.Value

// CheckNamedValue turns a Go value into one that the engine stores as Oracle
// would: "" and the zero time are NULL, times are UTC at microseconds. What
// Oracle 19c has no type for, a bool above all, is refused.
func (c *conn) CheckNamedValue(nv *driver.NamedValue) error {
	if nv.Name == "" {
		return newError(codeUnknownBind, nil, "bind %d has no name; use sql.Named", nv.Ordinal)
	}
	if out, ok := nv.Value.(sql.Out); ok {
		if v := reflect.ValueOf(out.Dest); v.Kind() != reflect.Pointer || v.IsNil() || out.In {
			return newError(codeWrongType, nil, "bind :%s: sql.Out needs a pointer in Dest and no In", nv.Name)
		}
		return nil
	}
	v, err := bindable(nv.Value, c.shared.dialect)
	if err != nil {
		return newError(codeWrongType, err, "bind :%s: %v", nv.Name, err)
	}
	nv.Value = v
	return nil
}

type unbindable string

func (u unbindable) Error() string { return string(u) }

func bindable(v any, d orasql.Dialect) (driver.Value, error) {
	switch x := v.(type) {
	case string:
		if x == "" {
			return nil, nil
		}
		return v, nil
	case nil, int64, float64:
		return v, nil
	case int:
		return int64(x), nil
	case time.Time:
		return bindTime(x, d), nil
	case []byte:
		if len(x) == 0 {
			return nil, nil
		}
		return v, nil
	case bool:
		return nil, unbindable("Oracle has no boolean columns before 23ai: bind 0 or 1")
	case driver.Valuer:
		if r := reflect.ValueOf(x); r.Kind() == reflect.Pointer && r.IsNil() {
			return nil, nil
		}
		inner, err := x.Value()
		if err != nil {
			return nil, err
		}
		if _, again := inner.(driver.Valuer); again {
			return nil, unbindable("a Valuer that returns a Valuer")
		}
		return bindable(inner, d)
	}
	return bindByKind(reflect.ValueOf(v), d)
}

func bindByKind(r reflect.Value, d orasql.Dialect) (driver.Value, error) {
	switch r.Kind() {
	case reflect.String:
		return bindable(r.String(), d)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if r.Uint() > math.MaxInt64 {
			return nil, unbindable("an unsigned number above 2^63-1")
		}
		return int64(r.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return r.Float(), nil
	case reflect.Bool:
		return bindable(r.Bool(), d)
	case reflect.Pointer:
		if r.IsNil() {
			return nil, nil
		}
		return bindable(r.Elem().Interface(), d)
	case reflect.Slice:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			return bindable(r.Bytes(), d)
		}
		return bindSlice(r, d)
	}
	return nil, unbindable("no bind type for " + r.Type().String())
}

func bindSlice(r reflect.Value, d orasql.Dialect) (driver.Value, error) {
	a := make(array, r.Len())
	for i := range a {
		v, err := bindable(r.Index(i).Interface(), d)
		if err != nil {
			return nil, err
		}
		if _, nested := v.(array); nested {
			return nil, unbindable("a slice of slices")
		}
		a[i] = v
	}
	return a, nil
}

// timeLayout has a fixed width, so that the order of the texts is the order of
// the moments.
const timeLayout = "2006-01-02T15:04:05.000000Z"

func bindTime(t time.Time, d orasql.Dialect) driver.Value {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond)
	if d == orasql.Postgres {
		return t
	}
	return t.Format(timeLayout)
}

// readTime is the inverse of bindTime. It reads the digits where they stand:
// time.Parse costs as much as the rest of a primary-key read's conversion.
func readTime(s string) (time.Time, bool) {
	if len(s) != len(timeLayout) || s[4] != '-' || s[7] != '-' || s[10] != 'T' ||
		s[13] != ':' || s[16] != ':' || s[19] != '.' || s[26] != 'Z' {
		return time.Time{}, false
	}
	ok := true
	digits := func(from, to int) int {
		n := 0
		for _, c := range []byte(s[from:to]) {
			if c < '0' || c > '9' {
				ok = false
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	t := time.Date(digits(0, 4), time.Month(digits(5, 7)), digits(8, 10),
		digits(11, 13), digits(14, 16), digits(17, 19), digits(20, 26)*1000, time.UTC)
	return t, ok
}

// bound is one call's arguments in the engine's order.
type bound struct {
	values []driver.NamedValue // reused from call to call: valid until the next
	outs   []sql.Out           // in the order of the RETURNING columns
	rows   int                 // array length, -1 without arrays
}

// bind matches the caller's named values with the statement's binds. Oracle
// refuses a bind without a value (ORA-01008) and a value without a bind.
func (c *conn) bind(p *plan, args []driver.NamedValue) (bound, error) {
	b := bound{values: c.scratch[:0], rows: -1}
	used := 0
	for i, name := range p.binds {
		at := find(args, name, i)
		if at < 0 {
			return b, newError(codeUnbound, nil, "not all variables bound: :%s has no value", name)
		}
		v := args[at].Value
		switch x := v.(type) {
		case sql.Out:
			return b, newError(codeUnbound, nil, "not all variables bound: :%s is read by the statement, sql.Out gives it no value", name)
		case array:
			if b.rows >= 0 && b.rows != len(x) {
				return b, newError(codeWrongType, nil, "array bind :%s has %d elements, another has %d", name, len(x), b.rows)
			}
			b.rows = len(x)
		}
		b.values = append(b.values, driver.NamedValue{Ordinal: i + 1, Value: v})
		used++
	}
	for _, name := range p.out {
		at := find(args, name, used)
		if at < 0 {
			return b, newError(codeUnbound, nil, "not all variables bound: :%s has no sql.Out", name)
		}
		out, ok := args[at].Value.(sql.Out)
		if !ok {
			return b, newError(codeWrongType, nil, "bind :%s receives a value: give it an sql.Out", name)
		}
		b.outs = append(b.outs, out)
		used++
	}
	c.scratch = b.values[:0]
	if used != len(args) {
		return b, surplus(p, args)
	}
	return b, nil
}

// find looks at the place where the value stands if the caller kept the
// statement's order, and everywhere else only then. Bind names fold case.
func find(args []driver.NamedValue, name string, likely int) int {
	if likely < len(args) && args[likely].Name == name {
		return likely
	}
	for i := range args {
		if args[i].Name == name {
			return i
		}
	}
	for i := range args {
		if strings.EqualFold(args[i].Name, name) {
			return i
		}
	}
	return -1
}

func surplus(p *plan, args []driver.NamedValue) error {
	for i, a := range args {
		if !p.names(a.Name) {
			return newError(codeUnknownBind, nil, "illegal variable name/number: the statement has no bind :%s", a.Name)
		}
		for _, earlier := range args[:i] {
			if strings.EqualFold(earlier.Name, a.Name) {
				return newError(codeUnknownBind, nil, "illegal variable name/number: :%s is given twice", a.Name)
			}
		}
	}
	return newError(codeUnknownBind, nil, "illegal variable name/number")
}
