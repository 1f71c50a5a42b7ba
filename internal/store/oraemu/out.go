package oraemu

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"time"
)

// resetSlice empties a slice destination before its first row.
func resetSlice(dest any) {
	if v := reflect.ValueOf(dest).Elem(); isList(v) {
		v.SetLen(0)
	}
}

// isList reports whether v takes one element per returned row. []byte is one value.
func isList(v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8
}

// assign stores a returned value in *dest. row counts from 1: a second row
// needs a slice to go to, on Oracle too.
func assign(dest any, value driver.Value, row int64) error {
	v := reflect.ValueOf(dest).Elem()
	if isList(v) {
		element := reflect.New(v.Type().Elem())
		if err := assignOne(element, value); err != nil {
			return err
		}
		v.Set(reflect.Append(v, element.Elem()))
		return nil
	}
	if row > 1 {
		return newError(codeManyRows, nil, "exact fetch returns more than requested number of rows")
	}
	return assignOne(v.Addr(), value)
}

func assignOne(pointer reflect.Value, value driver.Value) error {
	if s, ok := pointer.Interface().(sql.Scanner); ok {
		return s.Scan(value)
	}
	v := pointer.Elem()
	if value == nil {
		v.SetZero()
		return nil
	}
	switch x := value.(type) {
	case string:
		if v.Kind() == reflect.String {
			v.SetString(x)
			return nil
		}
	case int64:
		switch {
		case v.CanInt() && !v.OverflowInt(x):
			v.SetInt(x)
			return nil
		case v.CanUint() && x >= 0 && !v.OverflowUint(uint64(x)):
			v.SetUint(uint64(x))
			return nil
		}
	case float64:
		if v.CanFloat() {
			v.SetFloat(x)
			return nil
		}
	case []byte:
		if v.Kind() == reflect.Slice {
			v.SetBytes(x)
			return nil
		}
	case time.Time:
		if p, ok := pointer.Interface().(*time.Time); ok {
			*p = x
			return nil
		}
	}
	if v.Kind() == reflect.Interface && v.NumMethod() == 0 {
		v.Set(reflect.ValueOf(value))
		return nil
	}
	return fmt.Errorf("cannot store %T in %s", value, v.Type())
}
