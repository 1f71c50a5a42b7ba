package verify

import (
	"context"
	"slices"

	"tradewind/internal/domain/user"
)

// people checks what must hold of customers and staff: one default address of a
// kind, nothing personal of a closed account, and an owner where there is staff.
func (s *Service) people(ctx context.Context, r *Report) error {
	for f := (user.CustomerFilter{Limit: pageSize}); ; {
		page, err := s.DB.Read().Customers.List(ctx, f)
		if err != nil {
			return err
		}
		for _, c := range page {
			if err := s.customer(ctx, r, c); err != nil {
				return err
			}
			f.After = c.ID
		}
		if len(page) < pageSize {
			return s.owners(ctx, r)
		}
	}
}

func (s *Service) customer(ctx context.Context, r *Report, c user.Customer) error {
	book, err := s.DB.Read().Customers.Addresses(ctx, c.ID)
	if err != nil {
		return err
	}
	var ships, bills int
	for _, a := range book {
		if a.DefaultShipping {
			ships++
		}
		if a.DefaultBilling {
			bills++
		}
	}
	if ships > 1 || bills > 1 {
		r.add("customer", c.ID, "%d addresses are the default for parcels and %d for bills", ships, bills)
	}
	if c.Status == user.Closed && (len(book) > 0 || c.Notes != "" || !c.VerifiedAt.IsZero()) {
		r.add("customer", c.ID, "the account is closed and something personal is left")
	}
	return nil
}

func (s *Service) owners(ctx context.Context, r *Report) error {
	staff, owners := 0, 0
	for after := ""; ; {
		page, err := s.DB.Read().Staff.Page(ctx, after, pageSize)
		if err != nil {
			return err
		}
		for _, m := range page {
			staff++
			if m.Status == user.StaffActive && slices.Contains(m.Roles, user.OwnerRole) {
				owners++
			}
			after = m.ID
		}
		if len(page) == pageSize {
			continue
		}
		if staff > 0 && owners == 0 {
			r.add("staff", user.OwnerRole, "none of %d members of staff is an active owner", staff)
		}
		return nil
	}
}
