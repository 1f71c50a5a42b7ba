package user

import (
	"context"
	"time"

	"tradewind/internal/platform/fault"
)

// CustomerStatus is where an account is in its life.
type CustomerStatus string

// The states of a customer's account.
const (
	Active CustomerStatus = "active"
	Locked CustomerStatus = "locked" // by staff; cannot sign in
	Closed CustomerStatus = "closed" // deleted: the row stays for the orders, without anything personal
)

// Customer is somebody with an account in the shop.
type Customer struct {
	ID, Email, Name      string
	PasswordHash         string
	Status               CustomerStatus
	Group                string // for prices and promotions
	Locale               string // BCP 47, such as "de"
	Notes                string // of staff; never shown to the customer
	VerifiedAt           time.Time
	Version              int64
	CreatedAt, UpdatedAt time.Time
}

// Address is an entry of a customer's address book.
type Address struct {
	ID, CustomerID                   string
	Name, Line1, Line2, City, Region string
	Postcode, Country                string // Country is ISO 3166-1 alpha-2
	Phone                            string
	DefaultShipping, DefaultBilling  bool
}

// MaxAddresses is how many an address book holds.
const MaxAddresses = 50

// CustomerNotFound says that there is no such customer.
func CustomerNotFound(id string) error {
	return fault.New(fault.NotFound, "customer-not-found", "There is no customer %s.", id)
}

// AddressNotFound is the one answer for an address that never was or is somebody else's.
func AddressNotFound(id string) error {
	return fault.New(fault.NotFound, "address-not-found", "You have no address %s.", id)
}

// CustomerFilter picks customers for a list; "" is any.
type CustomerFilter struct {
	EmailPrefix string
	Group       string
	Status      CustomerStatus
	After       string // continue after this one: EmailKey if EmailPrefix is set, the id otherwise
	Limit       int
}

// Customers keeps customers and their addresses.
type Customers interface {
	// Insert adds a customer. The code of the error is "email-taken".
	Insert(ctx context.Context, c Customer) error
	// InsertAll adds customers with entries of their address books.
	InsertAll(ctx context.Context, list []Customer, book []Address) error
	// Load returns a customer; "customer-not-found".
	Load(ctx context.Context, id string) (Customer, error)
	// Lock is Load that keeps others from changing the customer until the
	// transaction ends.
	Lock(ctx context.Context, id string) (Customer, error)
	// ByEmail finds a customer; "customer-not-found".
	ByEmail(ctx context.Context, email string) (Customer, error)
	// Update writes everything if the version is still c.Version, and returns the
	// new one; "changed-meanwhile", "customer-not-found" or "email-taken".
	Update(ctx context.Context, c Customer) (version int64, err error)
	// Unverified returns up to n active accounts without a verified address or an
	// address book that nobody has changed since before, in order of that; after
	// is the last one of the page before.
	Unverified(ctx context.Context, before time.Time, after Customer, n int) ([]Customer, error)
	// DeleteUnverified deletes the account if it is still one of those.
	DeleteUnverified(ctx context.Context, id string, before time.Time) (bool, error)
	// SetPassword writes the hash alone, if the old one is still there.
	SetPassword(ctx context.Context, id, old, hash string) (bool, error)
	// List returns up to f.Limit customers in order of id, or of address if
	// f.EmailPrefix is set.
	List(ctx context.Context, f CustomerFilter) ([]Customer, error)

	// Addresses lists the address book, oldest first.
	Addresses(ctx context.Context, customer string) ([]Address, error)
	// PutAddress adds or replaces an entry; a default takes over from the one before.
	PutAddress(ctx context.Context, a Address) error
	// Address returns an entry; "address-not-found".
	Address(ctx context.Context, customer, id string) (Address, error)
	// DeleteAddress removes an entry; "address-not-found".
	DeleteAddress(ctx context.Context, customer, id string) error
	// DeleteAddresses empties the address book.
	DeleteAddresses(ctx context.Context, customer string) error
}
