package verify_test

import (
	"os"
	"path/filepath"
	"testing"

	"tradewind/internal/service/verify"
)

// TestWhatOtherBooksTellIsPutRight spoils one book of a shop at a time. left is
// the checks with findings after the repair.
func TestWhatOtherBooksTellIsPutRight(t *testing.T) {
	s := newSample(t)
	const thatSKU = `(SELECT sku FROM order_line WHERE order_id = '$paid')`
	tests := map[string]struct {
		sql  string
		left string // the check that a person must look at; "" if nothing is left
	}{
		"stock counter":                    {sql: `UPDATE stock SET on_hand = on_hand + 1 WHERE sku = ` + thatSKU},
		"reserved":                         {sql: `UPDATE stock SET reserved = reserved - 1 WHERE sku = ` + thatSKU},
		"incoming":                         {sql: `UPDATE stock SET incoming = 1 WHERE sku = ` + thatSKU},
		"stock removed":                    {sql: `DELETE FROM stock WHERE sku = ` + thatSKU},
		"reservation comes back":           {sql: `UPDATE reservation SET state = 'held' WHERE order_id = '$paid'`},
		"reservation of what was given up": {sql: `UPDATE reservation SET state = 'held' WHERE order_id = '$cancelled'`},
		"promotion counter":                {sql: `UPDATE promotion_code SET used = used + 1 WHERE code = 'FIRST100'`},
		"listing removed":                  {sql: `DELETE FROM listing WHERE product_id = (SELECT MAX(product_id) FROM listing)`},
		"listing at another price":         {sql: `UPDATE listing SET minor = minor + 1 WHERE product_id = (SELECT MAX(product_id) FROM listing)`},
		"all of it": {sql: `UPDATE stock SET on_hand = on_hand + 3, reserved = 5 WHERE sku = ` + thatSKU + `; UPDATE reservation SET state = 'held' WHERE order_id = '$paid';
			UPDATE promotion_code SET used = 99 WHERE code = 'FIRST100'; DELETE FROM listing`},

		"promotion over budget": {sql: `UPDATE promotion_code SET max_uses = 0 WHERE code = 'FIRST100'`, left: "promotion"},
		"goods nobody counts": {sql: `INSERT INTO inbound (id, to_id, state, created_at) VALUES ('in-1', 'main', 'sent', '2026');
			INSERT INTO inbound_line (inbound_id, sku, qty) VALUES ('in-1', ` + thatSKU + `, 3)`, left: "stock"},
		"order total":          {sql: `UPDATE orders SET total_minor = total_minor - 1 WHERE id = '$paid'`, left: "order"},
		"payment amount":       {sql: `UPDATE payment SET minor = minor + 1 WHERE order_id = '$paid'`, left: "order"},
		"paid without payment": {sql: `UPDATE payment SET status = 'due' WHERE order_id = '$paid'`, left: "order"},
		"audit entry changed":  {sql: `UPDATE audit_entry SET details = '{}' WHERE action = 'payment.captured'`, left: "audit"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "shop.db")
			check(t, os.WriteFile(path, s.file, 0o600))
			spoil(t, path, s.names.Replace(tc.sql))
			db := open(t, path)
			books := verify.Service{DB: db}
			before, err := books.Run(t.Context())
			check(t, err)
			if len(before.Findings) == 0 {
				t.Fatal("nothing was spoiled")
			}
			would, err := (&verify.Mender{DB: db, Now: now}).Run(t.Context())
			check(t, err)
			still, err := books.Run(t.Context())
			check(t, err)
			if len(still.Findings) != len(before.Findings) {
				t.Errorf("looking changed something: %d findings, %d before", len(still.Findings), len(before.Findings))
			}
			did, err := (&verify.Mender{DB: db, Now: now, Do: true}).Run(t.Context())
			check(t, err)
			if (len(would) == 0) != (len(did) == 0) || tc.left == "" && len(did) == 0 || tc.left != "" && len(did) > 0 {
				t.Errorf("said %v, did %v", would, did)
			}
			after, err := books.Run(t.Context())
			check(t, err)
			if tc.left == "" && len(after.Findings) > 0 || tc.left != "" && (len(after.Findings) == 0 || after.Findings[0].Check != tc.left) {
				t.Errorf("left is %+v, want %q", after.Findings, tc.left)
			}
			again, err := (&verify.Mender{DB: db, Now: now, Do: true}).Run(t.Context())
			check(t, err)
			if len(again) > 0 {
				t.Errorf("a second repair did %v", again)
			}
			if tc.left != "audit" && after.AuditEntries != before.AuditEntries+int64(len(did)) {
				t.Errorf("%d repairs wrote %d audit entries", len(did), after.AuditEntries-before.AuditEntries)
			}
		})
	}
}
