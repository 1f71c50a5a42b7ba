package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/store"
)

// Fix is something that was put right, or would be.
type Fix struct {
	Check   string `json:"check"`
	Subject string `json:"subject"`
	Does    string `json:"does"`
}

// Mender puts right what is certain because other books tell it: counters of
// stock and promotions, reservations of what is over, lists of products. Never
// money, and never a ledger: those are for a person. Nobody else may work on
// the database meanwhile.
type Mender struct {
	DB  store.DB
	Now func() time.Time
	Do  bool // make the changes; otherwise only say what they would be
}

// errLook undoes a transaction that was only to look.
var errLook = errors.New("only looking")

// Run returns what it put right, each in a transaction with its audit entry.
// What looks at reservations comes before the counters that add them up.
func (m *Mender) Run(ctx context.Context) (fixes []Fix, err error) {
	for _, mend := range []func(context.Context) ([]Fix, error){m.strays, m.unsettled, m.stock, m.promotions, m.lists} {
		some, err := mend(ctx)
		fixes = append(fixes, some...)
		if err != nil {
			return fixes, err
		}
	}
	return fixes, nil
}

// fix makes a change; change reports whether there was anything to do.
func (m *Mender) fix(ctx context.Context, f Fix, change func(tx store.Stores) (bool, error)) ([]Fix, error) {
	found := false
	err := m.DB.InTx(ctx, func(tx store.Stores) (err error) {
		if found, err = change(tx); err != nil || !found {
			return err
		}
		if !m.Do {
			return errLook
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "verify", Action: "repair." + f.Check, Subject: f.Subject, At: m.Now(), Details: map[string]any{"does": f.Does}})
	})
	if err != nil && !errors.Is(err, errLook) {
		return nil, fmt.Errorf("repair %s %s: %w", f.Check, f.Subject, err)
	}
	if !found {
		return nil, nil
	}
	return []Fix{f}, nil
}

func (m *Mender) settle(ctx context.Context, id, why string, to inventory.State) ([]Fix, error) {
	f := Fix{"reservation", id, fmt.Sprintf("%s: what it holds becomes %s", why, to)}
	return m.fix(ctx, f, func(tx store.Stores) (bool, error) {
		n, err := tx.Stock.Settle(ctx, id, to)
		return n > 0, err
	})
}

func (m *Mender) strays(ctx context.Context) (fixes []Fix, err error) {
	ids, err := m.DB.Read().Stock.Strays(ctx)
	for _, id := range ids {
		if err != nil {
			break
		}
		var some []Fix
		some, err = m.settle(ctx, id, "it is neither an order nor an open hold", inventory.Released)
		fixes = append(fixes, some...)
	}
	return fixes, err
}

// unsettled ends what orders hold that are over: as a sale where the ledger has
// it, as released where the order was never paid. Anything else is not certain.
func (m *Mender) unsettled(ctx context.Context) (fixes []Fix, err error) {
	list, err := m.DB.Read().Stock.Unsettled(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range list {
		to := inventory.Sold
		switch {
		case u.Sold:
		case order.Status(u.Status) == order.Expired || order.Status(u.Status) == order.Cancelled:
			to = inventory.Released
		default:
			continue
		}
		some, err := m.settle(ctx, u.OrderID, "the order is "+u.Status, to)
		if err != nil {
			return fixes, err
		}
		fixes = append(fixes, some...)
	}
	return fixes, nil
}

func (m *Mender) stock(ctx context.Context) (fixes []Fix, err error) {
	held, err := m.DB.Read().Stock.HeldNow(ctx)
	if err != nil {
		return nil, err
	}
	for after := ""; ; {
		bad, last, _, err := m.DB.Read().Stock.Check(ctx, after, pageSize, held)
		if err != nil {
			return fixes, err
		}
		for _, d := range bad {
			some, err := m.recount(ctx, d)
			if err != nil {
				return fixes, err
			}
			fixes = append(fixes, some...)
		}
		if last == "" {
			return fixes, nil
		}
		after = last
	}
}

func (m *Mender) recount(ctx context.Context, d inventory.Discrepancy) ([]Fix, error) {
	certain := d.OnHand != d.LedgerOnHand || d.Reserved != d.Held || d.LedgerIncoming == d.Coming
	if d.Unbalanced != 0 || !certain {
		return nil, nil
	}
	f := Fix{"stock", d.SKU, fmt.Sprintf("at %s/%d: on hand %d becomes %d, reserved %d becomes %d", d.Location, d.Bucket, d.OnHand, d.LedgerOnHand, d.Reserved, d.Held)}
	if d.LedgerIncoming == d.Coming && d.Incoming != d.Coming {
		f.Does += fmt.Sprintf(", incoming %d becomes %d", d.Incoming, d.Coming)
	}
	return m.fix(ctx, f, func(tx store.Stores) (bool, error) { return true, tx.Stock.Recount(ctx, d) })
}

func (m *Mender) promotions(ctx context.Context) (fixes []Fix, err error) {
	for after := ""; ; {
		ids, err := m.DB.Read().Promotions.IDs(ctx, after, pageSize)
		if err != nil || len(ids) == 0 {
			return fixes, err
		}
		for _, id := range ids {
			some, err := m.fix(ctx, Fix{"promotion", id, "its counters, and those of its codes and customers, become what the recorded uses say"}, func(tx store.Stores) (bool, error) {
				n, err := tx.Promotions.Recount(ctx, id)
				return n > 0, err
			})
			if err != nil {
				return fixes, err
			}
			fixes = append(fixes, some...)
		}
		after = ids[len(ids)-1]
	}
}

// lists lists products where they belong, and tells the search index.
func (m *Mender) lists(ctx context.Context) (fixes []Fix, err error) {
	for after := ""; ; {
		ids, last, err := m.DB.Read().Catalog.Misplaced(ctx, after, pageSize)
		if err != nil {
			return fixes, err
		}
		for _, id := range ids {
			some, err := m.fix(ctx, Fix{"listing", id, "the product is listed where it belongs, with the prices of now"}, func(tx store.Stores) (bool, error) {
				p, changed, err := tx.Catalog.Relist(ctx, id, m.Now(), false)
				if err != nil || !changed {
					return false, err
				}
				return true, tx.Outbox.Add(ctx, catalog.EventChanged(p))
			})
			if err != nil {
				return fixes, err
			}
			fixes = append(fixes, some...)
		}
		if last == "" {
			return fixes, nil
		}
		after = last
	}
}
