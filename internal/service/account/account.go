package account

import (
	"context"
	"flag"
	"fmt"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
	"tradewind/internal/store/remembered"
)

// Config sets how long people stay signed in. Flags fills in the defaults.
type Config struct {
	CustomerIdle, CustomerMost time.Duration
	StaffIdle, StaffMost       time.Duration
	KeepUnverified             time.Duration
	CacheFor                   time.Duration
	Hashers                    int
	Staff                      StaffThrough
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.DurationVar(&c.CustomerIdle, "account.idle", 14*24*time.Hour, "after how long without a request a customer is signed out")
	fs.DurationVar(&c.CustomerMost, "account.session", 90*24*time.Hour, "after how long a customer is signed out in any case")
	fs.DurationVar(&c.StaffIdle, "staff.idle", 30*time.Minute, "after how long without a request staff are signed out")
	fs.DurationVar(&c.StaffMost, "staff.session", 12*time.Hour, "after how long staff are signed out in any case")
	fs.DurationVar(&c.KeepUnverified, "account.keep-unverified", 30*24*time.Hour, "how long an account is kept that nobody verifies")
	fs.DurationVar(&c.CacheFor, "account.cache-for", 30*time.Second, "how long a customer's session may be remembered in Redis, and how long another process may still accept one that ended while Redis could not be told; 0 asks the database each time")
	fs.IntVar(&c.Hashers, "account.hashers", 2, "how many passwords are checked at once; each takes 19 MiB while it lasts")
	c.Staff.flags(fs)
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	for _, d := range []struct {
		name       string
		idle, most time.Duration
	}{{"account", c.CustomerIdle, c.CustomerMost}, {"staff", c.StaffIdle, c.StaffMost}} {
		if d.idle < touchEvery || d.most < d.idle {
			return fmt.Errorf("%s.idle is %v and %s.session %v; the first needs at least %v and the second no less than the first", d.name, d.idle, d.name, d.most, touchEvery)
		}
	}
	if least := user.Verify.Lasts(); c.KeepUnverified < least {
		return fmt.Errorf("account.keep-unverified is %v; it needs at least %v, which is how long the mailed link works", c.KeepUnverified, least)
	}
	if c.CacheFor < 0 || c.CacheFor > remembered.MostSessions {
		return fmt.Errorf("account.cache-for is %v; choose at most %v, such as 30s, or 0 to remember no session", c.CacheFor, remembered.MostSessions)
	}
	if c.Hashers < 1 || c.Hashers > 64 {
		return fmt.Errorf("account.hashers is %d; choose between 1 and 64", c.Hashers)
	}
	return c.Staff.validate()
}

// Service lets people in. New makes one.
type Service struct {
	DB          store.DB
	Config      Config
	Tokens      token.Maker
	Now         func() time.Time
	NewID       func() string
	NewToken    func() string // of a session
	Permissions []string      // those there are, which a role can be made of
	KDF         user.KDF
	Providers   map[user.Door]user.IdentityProvider // of the doors that have one

	hashers chan struct{} // a place for each password that is being checked
	decoy   string        // a hash that no password makes, for people who do not exist
}

// New makes a service that draws its tokens at random.
func New(db store.DB, c Config, tokens token.Maker, permissions []string, now func() time.Time, newID func() string) *Service {
	return &Service{DB: db, Config: c, Tokens: tokens, Now: now, NewID: newID, NewToken: token.Random, Permissions: permissions, KDF: user.StandardKDF,
		hashers: make(chan struct{}, c.Hashers), decoy: user.StandardKDF.Hash(token.Random(), []byte(token.Random())[:user.Salt])}
}

// WithKDF makes passwords cost what k says; tests cannot wait for the real one.
func (s *Service) WithKDF(k user.KDF) *Service {
	s.KDF, s.decoy = k, k.Hash(token.Random(), []byte(token.Random())[:user.Salt])
	return s
}

// hashing runs fn when there is a place: the memory of a hash is large, and
// people who sign in at once must not exhaust it.
func (s *Service) hashing(ctx context.Context, fn func()) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	select {
	case s.hashers <- struct{}{}:
		defer func() { <-s.hashers }()
		fn()
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "busy", "The shop is busy. Please try again.").Because(ctx.Err())
	}
}

// hash makes the hash of a new password.
func (s *Service) hash(ctx context.Context, password string) (hash string, err error) {
	err = s.hashing(ctx, func() { hash = s.KDF.Hash(password, []byte(token.Random())[:user.Salt]) })
	return hash, err
}

// matches checks a password; that of somebody who does not exist or has no
// password takes as long as another and never matches.
func (s *Service) matches(ctx context.Context, password, hash string) (ok bool, err error) {
	known := hash != "" && hash != user.NoPassword
	if !known {
		hash = s.decoy
	}
	err = s.hashing(ctx, func() { ok = user.Matches(password, hash) && known })
	return ok, err
}

// wrongPassword is the one answer to an address that is not known, a password
// that is not right and an account that is closed.
func wrongPassword() error {
	return fault.New(fault.Unauthorized, "wrong-password", "The address and the password do not belong together.")
}
