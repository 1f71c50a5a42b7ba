package oraemu

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresFault maps SQLSTATE codes, https://www.postgresql.org/docs/15/errcodes-appendix.html.
func (c *conn) postgresFault(ctx context.Context, err error, p *prepared) *Error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return lostConnection(err)
	}
	switch pg.Code {
	case "23505":
		return violation(codeUnique, pg.ConstraintName, err)
	case "23502":
		return nullInto(p.updates(), pg.TableName, pg.ColumnName, err)
	case "23514":
		if limit := c.shared.limitViolation(pg.ConstraintName, err); limit != nil {
			return limit
		}
		return violation(codeCheck, pg.ConstraintName, err)
	case "23503":
		if strings.HasPrefix(pg.Message, "insert or update") {
			return violation(codeNoParent, pg.ConstraintName, err)
		}
		return violation(codeHasChild, pg.ConstraintName, err)
	case "22001":
		return newError(codeTooLong, err, "value too large for column")
	case "22003":
		return tooPrecise(err)
	case "22P02":
		return newError(codeConversion, err, "invalid number")
	case "25006":
		return newError(codeReadOnly, err, "may not perform insert/delete/update operation inside a READ ONLY transaction")
	case "40P01":
		return newError(codeDeadlock, err, "deadlock detected while waiting for resource")
	case "40001":
		return newError(codeSerialize, err, "can't serialize access for this transaction")
	case "55P03":
		return busy(err)
	case "57014":
		return newError(codeCancelled, cause(ctx, err), "user requested cancel of current operation")
	case "57P01", "57P02", "57P03":
		return disconnected(err)
	}
	if strings.HasPrefix(pg.Code, "08") {
		return disconnected(err)
	}
	return nil
}

func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func disconnected(err error) *Error {
	e := newError(codeDisconnected, err, "end-of-file on communication channel")
	e.disconnect = true
	return e
}

// lostConnection recognizes the loss of the server. Anything else that is not
// the server's word is nothing of ours: nil.
func lostConnection(err error) *Error {
	var network net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.As(err, &network), pgconn.SafeToRetry(err), strings.Contains(err.Error(), "conn closed"):
		return disconnected(err)
	}
	return nil
}
