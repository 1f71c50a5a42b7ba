package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// firstPartition is where the months of orders begin to have partitions of their
// own. What is older shares one, which Oracle never drops (ORA-14758).
var firstPartition = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// noPartition is ORA-02149: there is no partition for that value.
const noPartition = 2149

// dropPartitions drops the partitions of a month that has no orders any more,
// lines first. A parent of foreign keys may lose a partition that was emptied by
// DELETE (Oracle, VLDB and Partitioning Guide, "Dropping Partitions from a Table
// that Contains Data and Referential Integrity Constraints"). DDL takes no binds.
func dropPartitions(ctx context.Context, db *sql.DB, month time.Time) error {
	for _, table := range []string{"order_line", "orders"} {
		if _, err := db.ExecContext(ctx, dropPartition(table, month)); err != nil && codeOf(err) != noPartition {
			return err
		}
	}
	return nil
}

func dropPartition(table string, month time.Time) string {
	return fmt.Sprintf("ALTER TABLE %s DROP PARTITION FOR (TIMESTAMP '%s +00:00') UPDATE INDEXES", table, month.UTC().Format(time.DateTime))
}
