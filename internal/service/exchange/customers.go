package exchange

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// customerRow is an account with its address book. PasswordHash is written
// only where somebody asked for it.
type customerRow struct {
	ID, Email, Name, Status, Group, Locale, Notes string
	VerifiedAt, CreatedAt                         time.Time
	Addresses                                     []addressRow
	PasswordHash                                  string
}

type addressRow struct {
	ID              string `json:"id"`
	Name            string `json:"name,omitempty"`
	Line1           string `json:"line1"`
	Line2           string `json:"line2,omitempty"`
	City            string `json:"city"`
	Region          string `json:"region,omitempty"`
	Postcode        string `json:"postcode,omitempty"`
	Country         string `json:"country"`
	Phone           string `json:"phone,omitempty"`
	DefaultShipping bool   `json:"default_shipping,omitempty"`
	DefaultBilling  bool   `json:"default_billing,omitempty"`
}

var customerColumns = []column[customerRow]{
	{name: "id", at: func(c *customerRow) any { return &c.ID }, need: true},
	{name: "email", at: func(c *customerRow) any { return &c.Email }, need: true},
	{name: "name", at: func(c *customerRow) any { return &c.Name }, need: true},
	{name: "status", at: func(c *customerRow) any { return &c.Status }},
	{name: "customer_group", at: func(c *customerRow) any { return &c.Group }},
	{name: "locale", at: func(c *customerRow) any { return &c.Locale }},
	{name: "notes", at: func(c *customerRow) any { return &c.Notes }},
	{name: "verified_at", at: func(c *customerRow) any { return &c.VerifiedAt }},
	{name: "created_at", at: func(c *customerRow) any { return &c.CreatedAt }},
	{name: "addresses", at: func(c *customerRow) any { return &c.Addresses }},
	{name: "password_hash", at: func(c *customerRow) any { return &c.PasswordHash }},
}

func customerColumnsWith(hashes bool) []column[customerRow] {
	if hashes {
		return customerColumns
	}
	return customerColumns[:len(customerColumns)-1]
}

var customers = table[customerRow]{name: "customers", columns: customerColumnsWith,
	source: func(s *Service, o Export) func(ctx context.Context) ([]customerRow, error) {
		f := user.CustomerFilter{Limit: page}
		return func(ctx context.Context) (rows []customerRow, err error) {
			for len(rows) == 0 {
				list, err := s.DB.Read().Customers.List(ctx, f)
				if err != nil || len(list) == 0 {
					return nil, err
				}
				f.After = list[len(list)-1].ID
				for _, c := range list {
					if c.UpdatedAt.Before(o.Since) {
						continue
					}
					row, err := customerOf(ctx, s.DB.Read(), c)
					if err != nil {
						return nil, err
					}
					rows = append(rows, row)
				}
			}
			return rows, nil
		}
	},
	sink: func(l *loading) sink[customerRow] {
		return func(ctx context.Context, tx store.Stores, rows []customerRow) (outcomes []Outcome, err error) {
			for _, r := range rows {
				o, err := putCustomer(ctx, tx, l, r)
				if err != nil {
					return nil, err
				}
				outcomes = append(outcomes, o)
			}
			return outcomes, nil
		}
	}}

func customerOf(ctx context.Context, tx store.Stores, c user.Customer) (customerRow, error) {
	book, err := tx.Customers.Addresses(ctx, c.ID)
	r := customerRow{ID: c.ID, Email: c.Email, Name: c.Name, Status: string(c.Status), Group: c.Group, Locale: c.Locale, Notes: c.Notes, VerifiedAt: c.VerifiedAt, CreatedAt: c.CreatedAt}
	if c.PasswordHash != noPassword {
		r.PasswordHash = c.PasswordHash
	}
	for _, a := range book {
		r.Addresses = append(r.Addresses, addressRow{a.ID, a.Name, a.Line1, a.Line2, a.City, a.Region, a.Postcode, a.Country, a.Phone, a.DefaultShipping, a.DefaultBilling})
	}
	return r, err
}

// noPassword is no hash of anything: whoever has it signs in by way of a new password.
const noPassword = "none"

// check refuses what the shop would not take from the customer. What staff and
// the shop itself write is checked by the database.
func (r customerRow) check() error {
	id, err := uuid.Parse(r.ID)
	switch {
	case err != nil || id.String() != r.ID:
		return fault.Field("customer-invalid", "id", "%.60q is not an id such as 01890a5d-ac96-774b-bcce-b302099a8057", r.ID)
	case !slices.Contains([]user.CustomerStatus{user.Active, user.Locked, user.Closed}, user.CustomerStatus(r.Status)):
		return fault.Field("customer-invalid", "status", "%.20q is not active, locked or closed", r.Status)
	case utf8.RuneCountInString(r.Name) > 120:
		return fault.Field("customer-invalid", "name", "at most 120 characters are possible")
	case len(r.Addresses) > user.MaxAddresses:
		return fault.Field("customer-invalid", "addresses", "at most %d addresses are possible", user.MaxAddresses)
	case len(r.PasswordHash) > 200:
		return fault.Field("customer-invalid", "password_hash", "it is no hash of a password")
	}
	if strings.Count(r.Email, "@") != 1 || utf8.RuneCountInString(r.Email) > 254 || strings.ContainsFunc(r.Email, unicode.IsSpace) {
		return fault.Field("customer-invalid", "email", "%.80q is not an address", r.Email)
	}
	return nil
}

func putCustomer(ctx context.Context, tx store.Stores, l *loading, r customerRow) (o Outcome, err error) {
	o.Key = r.ID
	r.Status, r.Group, r.Locale = cmp.Or(r.Status, string(user.Active)), cmp.Or(r.Group, "standard"), cmp.Or(r.Locale, "en")
	if err := r.check(); err != nil {
		return o, err
	}
	old, err := tx.Customers.Lock(ctx, r.ID)
	if o.New = fault.KindOf(err) == fault.NotFound; err != nil && !o.New {
		return o, err
	}
	next := old
	next.ID, next.Email, next.Name, next.Status, next.Group, next.Locale, next.Notes, next.VerifiedAt, next.UpdatedAt = r.ID, r.Email, r.Name, user.CustomerStatus(r.Status), r.Group, r.Locale, r.Notes, r.VerifiedAt, l.now
	next.PasswordHash = cmp.Or(r.PasswordHash, old.PasswordHash, noPassword)
	if o.New {
		if next.CreatedAt = r.CreatedAt; next.CreatedAt.IsZero() {
			next.CreatedAt = l.now
		}
		if err := tx.Customers.Insert(ctx, next); err != nil {
			return o, err
		}
		return o, putAddresses(ctx, tx, r)
	}
	was, err := customerOf(ctx, tx, old)
	if err != nil {
		return o, err
	}
	r.CreatedAt, r.PasswordHash = was.CreatedAt, cmp.Or(r.PasswordHash, was.PasswordHash)
	if o.Differences, err = differences(customerColumnsWith(false), &was, &r); err != nil {
		return o, err
	}
	if was.PasswordHash != r.PasswordHash {
		o.Differences = append(o.Differences, "password_hash: another")
	}
	if len(o.Differences) == 0 {
		return o, nil
	}
	if _, err := tx.Customers.Update(ctx, next); err != nil {
		return o, err
	}
	if err := tx.Customers.DeleteAddresses(ctx, r.ID); err != nil {
		return o, err
	}
	return o, putAddresses(ctx, tx, r)
}

func putAddresses(ctx context.Context, tx store.Stores, r customerRow) error {
	for _, a := range r.Addresses {
		if err := tx.Customers.PutAddress(ctx, user.Address{ID: a.ID, CustomerID: r.ID, Name: a.Name, Line1: a.Line1, Line2: a.Line2, City: a.City, Region: a.Region,
			Postcode: a.Postcode, Country: a.Country, Phone: a.Phone, DefaultShipping: a.DefaultShipping, DefaultBilling: a.DefaultBilling}); err != nil {
			return err
		}
	}
	return nil
}
