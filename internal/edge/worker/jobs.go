package worker

import (
	"context"
	"log/slog"
	"time"

	"tradewind/internal/service/account"
	"tradewind/internal/service/checkout"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/stockkeeping"
	"tradewind/internal/store"
)

// Job is something done by the clock.
type Job struct {
	Name  string
	Every time.Duration
	Do    func(ctx context.Context) error
}

// RunJob does the job every so often until ctx ends. A run that has begun is
// not repeated before it ends. After a failure it waits twice as long as before,
// up to half a minute: what is away is neither asked nor complained of all the time.
func RunJob(ctx context.Context, j Job, log *slog.Logger) {
	pause := j.Every
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		err := j.Do(ctx)
		pause = after(err, pause, j.Every)
		if err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "job failed", "job", j.Name, "err", err, "again_in", pause.String())
		}
	}
}

// longestPause is how long something that fails is left alone at most.
const longestPause = 30 * time.Second

// after is the pause that follows a run that ended with err, after one of was.
func after(err error, was, usual time.Duration) time.Duration {
	if err == nil {
		return usual
	}
	return max(usual, min(2*was, longestPause))
}

// chunk bounds how many rows a job takes at once.
const chunk = 200

// ExpireOrders ends orders whose time to pay is over. The provider is asked
// first: money that came without a notice pays the order instead.
func ExpireOrders(db store.DB, orders *checkout.Service, settle *settlement.Service, now func() time.Time, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		ids, err := db.Read().Orders.Unpaid(ctx, now(), chunk)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := settle.Close(ctx, id); err != nil {
				log.WarnContext(ctx, "provider not asked before expiry", "order", id, "err", err)
			}
			if _, err := orders.Expire(ctx, id); err != nil {
				return err
			}
		}
		return nil
	}
}

// keepViews is how long it is remembered who looked at what, and what was
// bought with what only once.
const keepViews = 90 * 24 * time.Hour

// ExpireHolds gives back what was kept for somebody who did not come in time.
func ExpireHolds(stock *stockkeeping.Service) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			n, err := stock.ExpireHolds(ctx, chunk)
			if err != nil || n < chunk {
				return err
			}
		}
	}
}

// ReconcilePayments asks the provider about attempts that have been open for longer than age.
func ReconcilePayments(settle *settlement.Service, age time.Duration, now func() time.Time) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := settle.Reconcile(ctx, now().Add(-age), chunk)
		return err
	}
}

// PurgeUnverified deletes accounts that nobody has verified in time.
func PurgeUnverified(accounts *account.Service) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := accounts.PurgeUnverified(ctx, chunk)
		return err
	}
}

// Purge deletes what nobody needs any more, in chunks, each its own transaction.
func Purge(db store.DB, keepDone time.Duration, now func() time.Time) func(context.Context) error {
	return func(ctx context.Context) error {
		at := now()
		for _, purge := range []func(tx store.Stores) (int64, error){
			func(tx store.Stores) (int64, error) { return tx.Outbox.Purge(ctx, at.Add(-keepDone), chunk) },
			func(tx store.Stores) (int64, error) { return tx.Inbox.Purge(ctx, at.Add(-keepDone), chunk) },
			func(tx store.Stores) (int64, error) { return tx.Idempotency.Purge(ctx, at, chunk) },
			func(tx store.Stores) (int64, error) { return tx.Recommend.Purge(ctx, at.Add(-keepViews), chunk) },
			func(tx store.Stores) (int64, error) { return tx.Carts.Purge(ctx, at, chunk) },
			func(tx store.Stores) (int64, error) { return tx.Sessions.Purge(ctx, at, chunk) },
			func(tx store.Stores) (int64, error) { return tx.OneTime.Purge(ctx, at, chunk) },
			func(tx store.Stores) (int64, error) { return tx.Guard.Purge(ctx, at, chunk) },
		} {
			for more := true; more && ctx.Err() == nil; {
				err := db.InTx(ctx, func(tx store.Stores) error {
					n, err := purge(tx)
					more = n >= chunk
					return err
				})
				if err != nil {
					return err
				}
			}
		}
		return ctx.Err()
	}
}
