package checkout

import (
	"context"

	"tradewind/internal/domain/order"
)

// TokenFor returns the token of an order for the customer whose it is. The code
// of the error is "order-not-found".
func (s *Service) TokenFor(ctx context.Context, customer, id string) (string, error) {
	own, err := s.DB.Read().Orders.IsOf(ctx, id, customer)
	if err != nil {
		return "", err
	}
	if !own {
		return "", order.NotFound(id)
	}
	return s.Tokens.Token("order", id), nil
}
