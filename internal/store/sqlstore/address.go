package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"tradewind/internal/domain/user"
)

// The address book: customer_address. Every look-up names the customer.
var (
	addressAll    = statement("customer_address.all", `SELECT id, address, ships_here, bills_here FROM customer_address WHERE customer_id = :customer_id ORDER BY id`)
	addressGet    = statement("customer_address.get", `SELECT id, address, ships_here, bills_here FROM customer_address WHERE customer_id = :customer_id AND id = :id`)
	addressInsert = statement("customer_address.insert", `INSERT INTO customer_address (customer_id, id, address, ships_here, bills_here)
		VALUES (:customer_id, :id, :address, :ships_here, :bills_here)`)
	addressUpdate = statement("customer_address.update", `UPDATE customer_address SET address = :address, ships_here = :ships_here, bills_here = :bills_here
		WHERE customer_id = :customer_id AND id = :id`)
	addressNoShip = statement("customer_address.no_ship", `UPDATE customer_address SET ships_here = 0 WHERE customer_id = :customer_id AND ships_here = 1`)
	addressNoBill = statement("customer_address.no_bill", `UPDATE customer_address SET bills_here = 0 WHERE customer_id = :customer_id AND bills_here = 1`)
	addressDelete = statement("customer_address.delete", `DELETE FROM customer_address WHERE customer_id = :customer_id AND id = :id`)
	addressClear  = statement("customer_address.clear", `DELETE FROM customer_address WHERE customer_id = :customer_id`)
)

func scanAddress(customer string) func(scanner) (user.Address, error) {
	return func(r scanner) (a user.Address, err error) {
		var text string
		if err := r.Scan(&a.ID, &text, &a.DefaultShipping, &a.DefaultBilling); err != nil {
			return a, err
		}
		kept := user.Address{}
		if err := json.Unmarshal([]byte(text), &kept); err != nil {
			return a, fmt.Errorf("decode address %s: %w", a.ID, err)
		}
		kept.ID, kept.CustomerID, kept.DefaultShipping, kept.DefaultBilling = a.ID, customer, a.DefaultShipping, a.DefaultBilling
		return kept, nil
	}
}

func (s customers) Addresses(ctx context.Context, customer string) ([]user.Address, error) {
	list, err := collect(ctx, s.h, addressAll, scanAddress(customer), bind("customer_id", customer))
	return list, fail(err, "select addresses of customer %s", customer)
}

func (s customers) Address(ctx context.Context, customer, id string) (user.Address, error) {
	a, err := scanAddress(customer)(s.h.row(ctx, addressGet, bind("customer_id", customer), bind("id", id)))
	if errors.Is(err, sql.ErrNoRows) {
		return a, user.AddressNotFound(id)
	}
	return a, fail(err, "select address %s", id)
}

func (s customers) PutAddress(ctx context.Context, a user.Address) error {
	whose := bind("customer_id", a.CustomerID)
	if a.DefaultShipping {
		if _, err := s.h.exec(ctx, addressNoShip, whose); err != nil {
			return fail(err, "move default of customer %s", a.CustomerID)
		}
	}
	if a.DefaultBilling {
		if _, err := s.h.exec(ctx, addressNoBill, whose); err != nil {
			return fail(err, "move default of customer %s", a.CustomerID)
		}
	}
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode address %s: %w", a.ID, err)
	}
	args := []sql.NamedArg{whose, bind("id", a.ID), bind("address", string(text)), bind("ships_here", bit(a.DefaultShipping)), bind("bills_here", bit(a.DefaultBilling))}
	n, err := s.h.exec(ctx, addressUpdate, args...)
	if err == nil && n == 0 {
		_, err = s.h.exec(ctx, addressInsert, args...)
	}
	return fail(err, "put address %s", a.ID)
}

func (s customers) DeleteAddress(ctx context.Context, customer, id string) error {
	n, err := s.h.exec(ctx, addressDelete, bind("customer_id", customer), bind("id", id))
	if err == nil && n == 0 {
		return user.AddressNotFound(id)
	}
	return fail(err, "delete address %s", id)
}

func (s customers) DeleteAddresses(ctx context.Context, customer string) error {
	_, err := s.h.exec(ctx, addressClear, bind("customer_id", customer))
	return fail(err, "empty the address book of customer %s", customer)
}
