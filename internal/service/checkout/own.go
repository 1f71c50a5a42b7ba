package checkout

import (
	"context"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
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

// TokenOf returns the token of an order for a guest who shows what they hold:
// the token itself, which works for a time after the order was placed, or that
// of a mailed link, which says itself until when. Whether it opens the order is
// still for the database to say. The code of the error is "order-token-expired".
func (s *Service) TokenOf(id, shown string) (string, error) {
	if end, ok := s.Tokens.End("order", id, shown); ok {
		if !s.Now().Before(end) {
			return "", order.TokenExpired()
		}
		return s.Tokens.Token("order", id), nil
	}
	if placed, ok := ident.Time(id); ok && s.Now().Sub(placed) >= s.Config.GuestFor {
		return "", order.TokenExpired()
	}
	return shown, nil
}

// Link is how a mailbox gets at an order.
type Link struct {
	ID, Token string
	Number    int64
	Total     money.Amount
	PlacedAt  time.Time
}

// Bounds of a mail with links.
const (
	linkFor  = 30 * 24 * time.Hour
	maxLinks = 20
)

// Links makes links to the newest orders of an address, asked for at a moment.
// There are none to those that belong to an account, of which it says whether
// there are any: whoever has the account signs in.
func (s *Service) Links(ctx context.Context, email string, asked time.Time) (links []Link, account bool, err error) {
	for f := (order.Filter{Email: email, Limit: maxLinks}); len(links) < maxLinks; {
		page, err := s.DB.Read().Orders.Search(ctx, f)
		if err != nil || len(page) == 0 {
			return links, account, err
		}
		for _, o := range page {
			f.Before = o.ID
			if o.CustomerID != "" {
				account = true
			} else if len(links) < maxLinks {
				links = append(links, s.LinkTo(o, asked))
			}
		}
	}
	return links, account, nil
}

// LinkTo makes a link to an order of a guest, asked for at a moment.
func (s *Service) LinkTo(o order.Order, asked time.Time) Link {
	return Link{o.ID, s.Tokens.Until("order", o.ID, asked.Add(linkFor)), o.Number, o.TotalAmount(), o.PlacedAt}
}
