package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tradewind/internal/domain/user"
)

func (s customers) InsertAll(ctx context.Context, list []user.Customer, book []user.Address) error {
	type C = user.Customer
	_, err := s.h.bulk(ctx, customerAdd, column("id", list, func(c C) string { return c.ID }), column("email", list, func(c C) string { return c.Email }),
		column("email_key", list, func(c C) string { return user.EmailKey(c.Email) }), column("name", list, func(c C) string { return c.Name }),
		column("password_hash", list, func(c C) string { return c.PasswordHash }), column("status", list, func(c C) user.CustomerStatus { return c.Status }),
		column("customer_group", list, func(c C) string { return c.Group }), column("locale", list, func(c C) string { return c.Locale }),
		column("notes", list, func(c C) string { return c.Notes }), column("verified_at", list, func(c C) time.Time { return c.VerifiedAt }),
		column("created_at", list, func(c C) time.Time { return c.CreatedAt }), column("updated_at", list, func(c C) time.Time { return c.UpdatedAt }))
	if err != nil {
		return fail(err, "insert %d customers", len(list))
	}
	texts := make([]string, len(book))
	for i, a := range book {
		text, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode address %s: %w", a.ID, err)
		}
		texts[i] = string(text)
	}
	type A = user.Address
	_, err = s.h.bulk(ctx, addressInsert, column("customer_id", book, func(a A) string { return a.CustomerID }), column("id", book, func(a A) string { return a.ID }),
		bind("address", texts), column("ships_here", book, func(a A) int64 { return bit(a.DefaultShipping) }), column("bills_here", book, func(a A) int64 { return bit(a.DefaultBilling) }))
	return fail(err, "insert %d addresses", len(book))
}
