package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// How often doors may be tried. What counts most is the pair of an address and
// the place from which it is tried: shutting that keeps nobody else out. All
// places together are bounded too, against many of them guessing at one
// address; a place from which its owner has come in before is exempt from that,
// and a link from the mailbox makes a place such a one. So nobody can keep
// somebody out for good.
var (
	perPair    = user.Limit{Free: 5, First: time.Second, Most: 15 * time.Minute, Forget: 24 * time.Hour}
	perPlace   = user.Limit{Free: 50, First: time.Second, Most: 5 * time.Minute, Forget: time.Hour}
	perLogout  = user.Limit{Free: 1000, First: time.Second, Most: time.Minute, Forget: time.Hour} // a provider ends many sessions at once; those that it has signed do not stay counted
	perAddress = user.Limit{Free: 30, First: time.Second, Most: 15 * time.Minute, Forget: 24 * time.Hour}
	perMails   = user.Limit{Free: 3, First: 30 * time.Second, Most: time.Hour, Forget: 24 * time.Hour}
	perMailer  = user.Limit{Free: 20, First: time.Second, Most: time.Hour, Forget: 24 * time.Hour}
)

// trustFor is how long a place is known after its owner came in from there.
const trustFor = 90 * 24 * time.Hour

// door is a place at which attempts are counted.
type door struct {
	key   string
	limit user.Limit
}

// try counts an attempt at each of the doors, or at none if one is shut: then
// the code is "too-many-attempts". It counts before anything is looked at, so
// that guesses made at the same moment count too.
func (s *Service) try(ctx context.Context, doors ...door) error {
	slices.SortFunc(doors, func(a, b door) int { return strings.Compare(a.key, b.key) }) // rows in one order: no deadlocks
	now := s.Now()
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		for _, d := range doors {
			wait, err := tx.Guard.Attempt(ctx, d.key, d.limit, now)
			if err != nil {
				return err
			}
			if wait > 0 {
				e := fault.New(fault.TooMany, "too-many-attempts", "There were too many attempts. Please wait a little.")
				e.RetryAfter = wait
				return e
			}
		}
		return nil
	})
}

// entrance is who tries to come in where: the keys of its doors, and at which
// of them the attempt was counted.
type entrance struct {
	pair, place, address, trust string
	knocked, byAddress          bool
}

func entranceOf(to, email, ip string) entrance {
	address, place := user.EmailKey(email), placeOf(ip)
	return entrance{pair: digest(to, "pair", address, place), place: digest(to, "place", place), address: digest(to, "address", address), trust: digest(to, "trust", address, place)}
}

// digest keeps addresses out of a table that has no need of them.
func digest(what ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(what, "\x00")))
	return what[0] + "." + what[1] + "." + base64.RawURLEncoding.EncodeToString(sum[:18])
}

// placeOf is the part of an IP address that stays with one customer of a
// network: the first 64 bits of a long one.
func placeOf(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil || a.Is4() {
		return ip
	}
	p, _ := a.Prefix(64) // an address of 128 bits has them
	return p.String()
}

// knock counts an attempt to come in.
func (s *Service) knock(ctx context.Context, to, email, ip string) (entrance, error) {
	e := entranceOf(to, email, ip)
	trusted, err := s.DB.Read().Guard.Trusted(ctx, e.trust, s.Now())
	if err != nil {
		return e, err
	}
	e.knocked, e.byAddress = true, !trusted
	doors := []door{{e.pair, perPair}, {e.place, perPlace}}
	if e.byAddress {
		doors = append(doors, door{e.address, perAddress})
	}
	return e, s.try(ctx, doors...)
}

// admit takes the attempt back that let somebody in, and knows the place from
// now on. Rows change in the order of try.
func (s *Service) admit(ctx context.Context, tx store.Stores, e entrance, now time.Time) error {
	if e.byAddress {
		if err := tx.Guard.Undo(ctx, e.address, now); err != nil {
			return err
		}
	}
	if err := tx.Guard.Forget(ctx, e.pair); err != nil {
		return err
	}
	if e.knocked {
		if err := tx.Guard.Undo(ctx, e.place, now); err != nil {
			return err
		}
	}
	return tx.Guard.Trust(ctx, e.trust, now.Add(trustFor))
}

// mailed counts a request that sends a mail.
func (s *Service) mailed(ctx context.Context, what, email, ip string) error {
	e := entranceOf(what, email, ip)
	return s.try(ctx, door{e.address, perMails}, door{e.place, perMailer})
}
