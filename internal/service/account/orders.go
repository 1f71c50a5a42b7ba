package account

import (
	"context"

	"tradewind/internal/domain/order"
	"tradewind/internal/store"
)

// AskOrders has links to the orders of an address mailed to it, if there are
// any; who asks is not told. The code of the error is "too-many-attempts".
func (s *Service) AskOrders(ctx context.Context, email, ip string) error {
	if err := s.mailed(ctx, "orders", email, ip); err != nil {
		return err
	}
	now, id := s.Now(), s.NewID()
	return s.DB.InTx(ctx, func(tx store.Stores) error { return tx.Outbox.Add(ctx, order.EventLinksAsked(id, email, now)) })
}
