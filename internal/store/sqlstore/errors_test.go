package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tradewind/internal/platform/fault"
)

// oracleError is a driver's error as godror makes them: a code, and the rest in
// the message.
type oracleError struct {
	code int
	text string
}

func (e oracleError) Error() string { return fmt.Sprintf("ORA-%05d: %s", e.code, e.text) }
func (e oracleError) Code() int     { return e.code }

func TestConstraintIsFoundInOraclesMessage(t *testing.T) {
	tests := map[string]struct {
		err  error
		want string
	}{
		"unique":        {oracleError{1, "unique constraint (TRADEWIND.ORDERS_PK) violated"}, "orders_pk"},
		"with columns":  {oracleError{1, "unique constraint (TRADEWIND.ORDERS_PK) violated on table TRADEWIND.ORDERS columns (ID)"}, "orders_pk"},
		"check":         {oracleError{2290, "check constraint (SHOP.STOCK_LEFT_CK) violated"}, "stock_left_ck"},
		"wrapped":       {fmt.Errorf("insert: %w", oracleError{2291, "integrity constraint (T.LINE_FK) violated - parent key not found"}), "line_fk"},
		"another error": {oracleError{942, "table (A.B) does not exist"}, ""},
		"no error":      {nil, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := constraintOf(tc.err); got != tc.want {
				t.Errorf("constraintOf(%v) = %q, want %q", tc.err, got, tc.want)
			}
		})
	}
}

func TestErrorsBecomeFaults(t *testing.T) {
	tests := map[string]struct {
		err  error
		kind fault.Kind
		code string
	}{
		"unique key":            {oracleError{1, "unique constraint (T.A_UK) violated"}, fault.Conflict, "already-exists"},
		"NULL inserted":         {oracleError{1400, ""}, fault.Invalid, "missing-value"},
		"NULL updated":          {oracleError{1407, ""}, fault.Invalid, "missing-value"},
		"number too large":      {oracleError{1438, ""}, fault.Invalid, "value-too-large"},
		"text too long":         {oracleError{12899, ""}, fault.Invalid, "value-too-large"},
		"check":                 {oracleError{2290, ""}, fault.Conflict, "rule-violated"},
		"no parent":             {oracleError{2291, ""}, fault.Invalid, "unknown-reference"},
		"has child":             {oracleError{2292, ""}, fault.Conflict, "still-in-use"},
		"row is locked":         {oracleError{54, ""}, fault.Unavailable, "busy"},
		"lock wait ran out":     {oracleError{30006, ""}, fault.Unavailable, "busy"},
		"deadlock":              {oracleError{60, ""}, fault.Unavailable, "busy"},
		"cluster deadlock":      {oracleError{12860, ""}, fault.Unavailable, "busy"},
		"cannot serialize":      {oracleError{8177, ""}, fault.Unavailable, "busy"},
		"a standby":             {oracleError{16000, ""}, fault.Unavailable, ReadOnly},
		"reading alone":         {oracleError{1456, ""}, fault.Unavailable, ReadOnly},
		"connection lost":       {oracleError{3113, ""}, fault.Unavailable, "database-unavailable"},
		"no listener":           {oracleError{12541, ""}, fault.Unavailable, "database-unavailable"},
		"call not replayed":     {oracleError{25408, ""}, fault.Unavailable, "database-unavailable"},
		"bad connection":        {driver.ErrBadConn, fault.Unavailable, "database-unavailable"},
		"queue is full":         {errQueueFull, fault.Unavailable, "database-unavailable"},
		"wrong password":        {oracleError{1017, ""}, fault.Internal, ""},
		"no partition":          {oracleError{14400, ""}, fault.Internal, ""},
		"snapshot too old":      {oracleError{1555, ""}, fault.Internal, ""},
		"already classified":    {fault.New(fault.Conflict, "out-of-stock", "None left.").Because(oracleError{1, ""}), fault.Conflict, "out-of-stock"},
		"not found":             {sql.ErrNoRows, fault.Internal, ""},
		"caller went away":      {context.Canceled, fault.Internal, ""},
		"something else":        {errors.New("disk"), fault.Internal, ""},
		"cancelled with a code": {errors.Join(context.Canceled, oracleError{1, ""}), fault.Internal, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := fail(tc.err, "reserve %s", "mug")
			if fault.KindOf(err) != tc.kind || fault.Code(err) != tc.code {
				t.Errorf("fail(%v) has kind %v, code %q; want %v, %q", tc.err, fault.KindOf(err), fault.Code(err), tc.kind, tc.code)
			}
			if !errors.Is(err, tc.err) {
				t.Errorf("fail(%v) = %v lost its cause", tc.err, err)
			}
			if !strings.Contains(err.Error(), "reserve mug") {
				t.Errorf("fail(%v) = %v does not say what was being done", tc.err, err)
			}
		})
	}
	if fail(nil, "anything") != nil {
		t.Error("fail(nil) is an error")
	}
}

func TestOnlyWhatTheDatabaseUndidRunsAgain(t *testing.T) {
	tests := map[string]struct {
		err  error
		want int
	}{
		"deadlock":               {oracleError{60, ""}, 4},
		"deadlock inside":        {fail(oracleError{60, ""}, "reserve"), 4},
		"row locked":             {oracleError{54, ""}, 4},
		"serialization":          {oracleError{8177, ""}, 4},
		"lost before commit":     {oracleError{3113, ""}, 4},
		"lost at commit":         {fmt.Errorf("%w: %w", errOutcome, oracleError{3113, ""}), 1},
		"unique key":             {oracleError{1, ""}, 1},
		"wrong password":         {oracleError{1017, ""}, 1},
		"something without code": {errors.New("no"), 1},
		"none":                   {nil, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			runs := 0
			err := retry(t.Context(), func() error { runs++; return tc.err })
			if runs != tc.want || !errors.Is(err, tc.err) {
				t.Errorf("ran %d times and gave %v, want %d times and %v", runs, err, tc.want, tc.err)
			}
		})
	}
}

func TestNoRerunForACallerWhoLeft(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	err := retry(ctx, func() error { runs++; cancel(); return oracleError{60, ""} })
	if runs != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("ran %d times and gave %v", runs, err)
	}
}
