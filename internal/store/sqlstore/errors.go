package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tradewind/internal/platform/fault"
)

// Oracle's error numbers that the store decides by.
const (
	codeUnique      = 1
	codeBusy        = 54
	codeDeadlock    = 60
	codeLostPart    = 12860 // deadlock among instances of a cluster
	codeSerialize   = 8177
	codeNullInsert  = 1400
	codeNullUpdate  = 1407
	codeTooPrecise  = 1438
	codeTooLong     = 12899
	codeCheck       = 2290
	codeNoParent    = 2291
	codeHasChild    = 2292
	codeWaitRanOut  = 30006
	codeCancelled   = 1013
	codeBadPassword = 1017
	codeLocked      = 28000
	codeExpired     = 28001
	codeBadAlias    = 12154
	codeReadOnlyTx  = 1456
	codeStandby     = 16000 // the database is open for reading alone
)

// lostCodes mean that the connection or the instance is gone, or cannot be
// reached at all.
var lostCodes = []int{28, 1012, 1033, 1034, 1089, 1092, 2396, 3113, 3114, 3135, 12153, 12170, 12514, 12528, 12537,
	12541, 12545, 12547, 12570, 25408}

// codeOf returns the number of the Oracle error in err's chain, or 0. Both
// drivers give it by a method, and so does any fake.
func codeOf(err error) int {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return 0
}

// bracketed finds the owner and name that Oracle puts in brackets:
// "unique constraint (TRADEWIND.ORDERS_PK) violated".
var bracketed = regexp.MustCompile(`\(([\w$#]+)\.([\w$#]+)\)`)

// constraintOf returns the violated constraint's name in lower case, without
// schema, or "".
func constraintOf(err error) string {
	var named interface{ Constraint() string }
	if errors.As(err, &named) {
		return strings.ToLower(named.Constraint())
	}
	switch codeOf(err) {
	case codeUnique, codeCheck, codeNoParent, codeHasChild:
		if m := bracketed.FindStringSubmatch(err.Error()); m != nil {
			return strings.ToLower(m[2])
		}
	}
	return ""
}

// isLost reports whether the connection was lost with what went over it.
func isLost(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || slices.Contains(lostCodes, codeOf(err))
}

// isTransient reports whether the same transaction may succeed if run again:
// the database has undone it, or refused it, to let another one through.
func isTransient(err error) bool {
	switch codeOf(err) {
	case codeDeadlock, codeSerialize, codeLostPart, codeBusy, codeWaitRanOut:
		return true
	}
	return false
}

// fail says what was being done when err happened, and classifies it. A fault
// that somebody has already classified stays what it is. A nil err stays nil.
func fail(err error, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf(doing+": %w", append(slices.Clip(args), err)...)
	if _, done := errors.AsType[*fault.Error](err); done || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if f := classify(err); f != nil {
		return f.Because(err)
	}
	return err
}

// classify is the table of error numbers in the store's words. What it does
// not know is Internal: a bug, or the operator's business.
func classify(err error) *fault.Error {
	name := constraintOf(err)
	switch codeOf(err) {
	case codeUnique:
		return fault.New(fault.Conflict, "already-exists", "There is one already (%s).", name)
	case codeNullInsert, codeNullUpdate:
		return fault.New(fault.Invalid, "missing-value", "A required value is missing.")
	case codeTooPrecise, codeTooLong:
		return fault.New(fault.Invalid, "value-too-large", "A value is longer or larger than its field.")
	case codeCheck:
		return fault.New(fault.Conflict, "rule-violated", "The change breaks the rule %s.", name)
	case codeNoParent:
		return fault.New(fault.Invalid, "unknown-reference", "Something that is referred to does not exist (%s).", name)
	case codeHasChild:
		return fault.New(fault.Conflict, "still-in-use", "Something else still refers to it (%s).", name)
	}
	if c := codeOf(err); c == codeReadOnlyTx || c == codeStandby {
		return refuseWrite()
	}
	if isTransient(err) {
		return fault.New(fault.Unavailable, "busy", "The shop is busy. Please try again.")
	}
	if isLost(err) || errors.Is(err, errClosed) || errors.Is(err, errQueueFull) {
		return fault.New(fault.Unavailable, "database-unavailable", "The shop cannot reach its database. Please try again.")
	}
	return nil
}
