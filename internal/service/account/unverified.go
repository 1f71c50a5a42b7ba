package account

import (
	"context"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/user"
	"tradewind/internal/store"
)

// PurgeUnverified deletes accounts that nobody has verified in the time that
// the settings give, n in a transaction, and says how many. What has orders or
// an address book stays: it was imported, and is somebody's.
func (s *Service) PurgeUnverified(ctx context.Context, n int) (purged int, err error) {
	before := s.Now().Add(-s.Config.KeepUnverified)
	for after := (user.Customer{}); ; {
		page, err := s.DB.Read().Customers.Unverified(ctx, before, after, n)
		if err != nil || len(page) == 0 {
			return purged, err
		}
		var gone []audit.Entry
		err = s.DB.InTx(ctx, func(tx store.Stores) error {
			gone = nil
			for _, c := range page {
				theirs, err := tx.Orders.Search(ctx, order.Filter{CustomerID: c.ID, Limit: 1})
				if err != nil {
					return err
				}
				if len(theirs) > 0 {
					continue
				}
				deleted, err := tx.Customers.DeleteUnverified(ctx, c.ID, before)
				if err != nil {
					return err
				}
				if deleted {
					gone = append(gone, audit.Entry{Actor: "clock", Action: "customer.purge", Subject: c.ID, At: s.Now(), Details: map[string]any{}})
				}
			}
			return tx.Audit.AddAll(ctx, gone)
		})
		if err != nil {
			return purged, err
		}
		purged += len(gone)
		after = page[len(page)-1]
	}
}
