package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

// customers keeps customer and customer_address.
type customers struct{ h handle }

const customerColumns = `SELECT id, email, name, password_hash, status, customer_group, locale, notes, verified_at, version, created_at, updated_at FROM customer`

var (
	customerAdd = statement("customer.insert", `INSERT INTO customer (id, email, email_key, name, password_hash, status, customer_group, locale, notes, verified_at, created_at, updated_at)
		VALUES (:id, :email, :email_key, :name, :password_hash, :status, :customer_group, :locale, :notes, :verified_at, :created_at, :updated_at)`)
	customerLoad    = statement("customer.load", customerColumns+` WHERE id = :id`)
	customerLock    = statement("customer.lock", customerColumns+` WHERE id = :id FOR UPDATE`)
	customerByEmail = statement("customer.by_email", customerColumns+` WHERE email_key = :email_key`)
	customerUpdate  = statement("customer.update", `UPDATE customer SET email = :email, email_key = :email_key, name = :name, password_hash = :password_hash, status = :status,
		customer_group = :customer_group, locale = :locale, notes = :notes, verified_at = :verified_at, version = version + 1, updated_at = :updated_at
		WHERE id = :id AND version = :version RETURNING version INTO :new_version`)
	customerPassword = statement("customer.set_password", `UPDATE customer SET password_hash = :password_hash WHERE id = :id AND password_hash = :old_hash`)
)

// A list of customers is one of a fixed set of statements, by which filters it has.
var customerLists = func() map[[3]bool]*Statement {
	all := map[[3]bool]*Statement{}
	for bits := range 8 {
		email, group, status := bits&1 != 0, bits&2 != 0, bits&4 != 0
		name, text, key := "customer.list", customerColumns, "id"
		if email {
			name, key = name+"/email", "email_key"
		}
		text += ` WHERE ` + key + ` > :after_key`
		if email {
			text += ` AND email_key >= :first_key AND email_key < :last_key`
		}
		if group {
			name, text = name+"/group", text+` AND customer_group = :customer_group`
		}
		if status {
			name, text = name+"/status", text+` AND status = :status`
		}
		all[[3]bool{email, group, status}] = statement(name, text+` ORDER BY `+key+` FETCH FIRST :n ROWS ONLY`)
	}
	return all
}()

func (s customers) Insert(ctx context.Context, c user.Customer) error {
	_, err := s.h.exec(ctx, customerAdd, append(customerBinds(c), bind("created_at", c.CreatedAt))...)
	if codeOf(err) == codeUnique {
		return emailTaken(c.Email)
	}
	return fail(err, "insert customer %s", c.ID)
}

func emailTaken(email string) error {
	return fault.New(fault.Conflict, "email-taken", "There is an account with the address %s already.", email)
}

func customerBinds(c user.Customer) []sql.NamedArg {
	return []sql.NamedArg{bind("id", c.ID), bind("email", c.Email), bind("email_key", user.EmailKey(c.Email)), bind("name", c.Name), bind("password_hash", c.PasswordHash),
		bind("status", string(c.Status)), bind("customer_group", c.Group), bind("locale", c.Locale), bind("notes", c.Notes), bind("verified_at", c.VerifiedAt), bind("updated_at", c.UpdatedAt)}
}

func scanCustomer(r scanner) (c user.Customer, err error) {
	var verified sql.NullTime
	err = r.Scan(&c.ID, &c.Email, &c.Name, &c.PasswordHash, &c.Status, &c.Group, &c.Locale, &c.Notes, &verified, &c.Version, &c.CreatedAt, &c.UpdatedAt)
	c.VerifiedAt = when(verified)
	return c, err
}

func (s customers) Load(ctx context.Context, id string) (user.Customer, error) {
	return s.one(ctx, id, customerLoad, bind("id", id))
}

func (s customers) Lock(ctx context.Context, id string) (user.Customer, error) {
	return s.one(ctx, id, customerLock, bind("id", id))
}

func (s customers) ByEmail(ctx context.Context, email string) (user.Customer, error) {
	return s.one(ctx, email, customerByEmail, bind("email_key", user.EmailKey(email)))
}

func (s customers) one(ctx context.Context, id string, st *Statement, arg sql.NamedArg) (user.Customer, error) {
	c, err := scanCustomer(s.h.row(ctx, st, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return c, user.CustomerNotFound(id)
	}
	return c, fail(err, "select customer %s", id)
}

func (s customers) Update(ctx context.Context, c user.Customer) (version int64, err error) {
	n, err := s.h.exec(ctx, customerUpdate, append(customerBinds(c), bind("version", c.Version), bind("new_version", sql.Out{Dest: &version}))...)
	switch {
	case codeOf(err) == codeUnique:
		return 0, emailTaken(c.Email)
	case err != nil:
		return 0, fail(err, "update customer %s", c.ID)
	case n == 0:
		if _, err := s.Load(ctx, c.ID); err != nil {
			return 0, err
		}
		return 0, fault.ChangedMeanwhile("account")
	}
	return version, nil
}

func (s customers) SetPassword(ctx context.Context, id, old, hash string) (bool, error) {
	n, err := s.h.exec(ctx, customerPassword, bind("id", id), bind("old_hash", old), bind("password_hash", hash))
	return n > 0, fail(err, "set password of customer %s", id)
}

func (s customers) List(ctx context.Context, f user.CustomerFilter) ([]user.Customer, error) {
	prefix := user.EmailKey(f.EmailPrefix)
	if f.After == "" {
		f.After = "0"
		if prefix != "" {
			f.After = "!" // before what an address can begin with
		}
	}
	args := []sql.NamedArg{bind("after_key", f.After), bind("n", f.Limit)}
	if prefix != "" {
		args = append(args, bind("first_key", prefix), bind("last_key", prefix+"\U0010ffff"))
	}
	if f.Group != "" {
		args = append(args, bind("customer_group", f.Group))
	}
	if f.Status != "" {
		args = append(args, bind("status", string(f.Status)))
	}
	list, err := collect(ctx, s.h, customerLists[[3]bool{prefix != "", f.Group != "", f.Status != ""}], scanCustomer, args...)
	return list, fail(err, "list customers")
}
