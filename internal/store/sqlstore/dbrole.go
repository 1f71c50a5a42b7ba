package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
)

// Role asks an Oracle database for its role in Data Guard.
type Role struct{ db *sql.DB }

// Primary reports whether the database may be changed. A standby that is closed
// does not answer: that is an error.
func (r *Role) Primary(ctx context.Context) (bool, error) {
	var role string
	if err := r.db.QueryRowContext(ctx, "SELECT SYS_CONTEXT('USERENV', 'DATABASE_ROLE') FROM dual").Scan(&role); err != nil {
		return false, fmt.Errorf("ask the database for its role: %w", err)
	}
	return role == "PRIMARY", nil
}

// Close ends the connection.
func (r *Role) Close() error { return r.db.Close() }
