package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
)

// payments keeps payment, payment_attempt and refund.
type payments struct{ h handle }

var (
	paymentInsert = statement("payment.insert", `INSERT INTO payment (id, order_id, minor, currency, status, created_at, updated_at)
		VALUES (:id, :order_id, :minor, :currency, :status, :created_at, :created_at)`)
	paymentByOrder   = statement("payment.by_order", paymentColumns+` WHERE order_id = :order_id`)
	paymentOfOrders  = listStatement("payment.of_orders", paymentColumns+` WHERE order_id IN (:list)`)
	paymentGet       = statement("payment.get", paymentColumns+` WHERE id = :id`)
	paymentLock      = statement("payment.lock", paymentColumns+` WHERE id = :id FOR UPDATE`)
	paymentOrderLock = statement("payment.lock_by_order", paymentColumns+` WHERE order_id = :order_id FOR UPDATE`)
	paymentStatus    = statement("payment.set_status", `UPDATE payment SET status = :status, provider = :provider, provider_ref = :provider_ref, updated_at = :updated_at
		WHERE id = :id AND status = :was`)
	paymentCount = statement("payment.count_attempt", `UPDATE payment SET attempts = :attempts, updated_at = :updated_at WHERE id = :id`)

	attemptGet    = statement("payment_attempt.get", attemptColumns+` WHERE payment_id = :payment_id AND attempt_no = :attempt_no`)
	attemptLast   = statement("payment_attempt.last", attemptColumns+` WHERE payment_id = :payment_id ORDER BY attempt_no DESC FETCH FIRST 1 ROWS ONLY`)
	attemptInsert = statement("payment_attempt.insert", `INSERT INTO payment_attempt (payment_id, attempt_no, method_hash, provider, status, started_at, updated_at)
		VALUES (:payment_id, :attempt_no, :method_hash, :provider, :status, :started_at, :started_at)`)
	attemptUpdate = statement("payment_attempt.update", `UPDATE payment_attempt SET provider_ref = :provider_ref, status = :status, reason = :reason, action_url = :action_url, updated_at = :updated_at,
		method_sealed = :method_sealed, return_url = :return_url
		WHERE payment_id = :payment_id AND attempt_no = :attempt_no`)
	attemptOpen = statement("payment_attempt.open", attemptColumns+`
		WHERE CASE WHEN status IN ('sent', 'requires_action', 'pending', 'authorised') THEN updated_at END < :before_time
		ORDER BY CASE WHEN status IN ('sent', 'requires_action', 'pending', 'authorised') THEN updated_at END FETCH FIRST :n ROWS ONLY`)
)

const (
	paymentColumns = `SELECT id, order_id, minor, currency, status, attempts, refunded_minor, provider, provider_ref, created_at, updated_at FROM payment`
	attemptColumns = `SELECT payment_id, attempt_no, method_hash, provider, provider_ref, status, reason, action_url, started_at, updated_at, method_sealed, return_url FROM payment_attempt`
)

func (s payments) Insert(ctx context.Context, p payment.Payment) error {
	if _, err := s.h.exec(ctx, paymentInsert, bind("id", p.ID), bind("order_id", p.OrderID), bind("minor", p.Amount.Minor), bind("currency", p.Amount.Currency),
		bind("status", string(p.Status)), bind("created_at", p.CreatedAt)); err != nil {
		return fail(err, "insert payment %s", p.ID)
	}
	return nil
}

func (s payments) ByOrder(ctx context.Context, orderID string) (payment.Payment, error) {
	return s.one(ctx, paymentByOrder, bind("order_id", orderID))
}

func (s payments) OfOrders(ctx context.Context, orderIDs []string) (map[string]payment.Payment, error) {
	found, err := collectIn(ctx, s.h, paymentOfOrders, orderIDs, scanPayment)
	if err != nil {
		return nil, fail(err, "select payments of %d orders", len(orderIDs))
	}
	of := map[string]payment.Payment{}
	for _, p := range found {
		of[p.OrderID] = p
	}
	for _, id := range orderIDs {
		if of[id].ID == "" {
			return nil, fault.New(fault.NotFound, "payment-not-found", "There is no payment for %s.", id)
		}
	}
	return of, nil
}

func scanPayment(r scanner) (p payment.Payment, err error) {
	return p, r.Scan(&p.ID, &p.OrderID, &p.Amount.Minor, &p.Amount.Currency, &p.Status, &p.Attempts, &p.Refunded, &p.Provider, &p.ProvRef, &p.CreatedAt, &p.UpdatedAt)
}

func (s payments) Get(ctx context.Context, id string) (payment.Payment, error) {
	return s.one(ctx, paymentGet, bind("id", id))
}

func (s payments) LockByOrder(ctx context.Context, orderID string) (payment.Payment, error) {
	return s.one(ctx, paymentOrderLock, bind("order_id", orderID))
}

func (s payments) Lock(ctx context.Context, id string) (payment.Payment, error) {
	return s.one(ctx, paymentLock, bind("id", id))
}

func (s payments) one(ctx context.Context, st *Statement, key sql.NamedArg) (p payment.Payment, err error) {
	p, err = scanPayment(s.h.row(ctx, st, key))
	if errors.Is(err, sql.ErrNoRows) {
		return p, fault.New(fault.NotFound, "payment-not-found", "There is no payment for %v.", key.Value)
	}
	if err != nil {
		return p, fail(err, "select payment %v", key.Value)
	}
	return p, nil
}

func (s payments) SetStatus(ctx context.Context, p payment.Payment, from payment.Status) error {
	n, err := s.h.exec(ctx, paymentStatus, bind("id", p.ID), bind("status", string(p.Status)), bind("provider", p.Provider), bind("provider_ref", p.ProvRef),
		bind("updated_at", p.UpdatedAt), bind("was", string(from)))
	if err != nil {
		return fail(err, "set payment %s to %s", p.ID, p.Status)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "payment-changed", "The payment %s is no longer %s.", p.ID, from)
	}
	return nil
}

func scanAttempt(r scanner) (a payment.Attempt, err error) {
	err = r.Scan(&a.PaymentID, &a.No, &a.MethodHash, &a.Provider, &a.ProvRef, &a.Status, &a.Reason, &a.ActionURL, &a.StartedAt, &a.Updated, &a.Kept, &a.ReturnURL)
	return a, err
}

func (s payments) Attempt(ctx context.Context, paymentID string, no int64) (payment.Attempt, error) {
	a, err := scanAttempt(s.h.row(ctx, attemptGet, bind("payment_id", paymentID), bind("attempt_no", no)))
	if errors.Is(err, sql.ErrNoRows) {
		return a, fault.New(fault.NotFound, "payment-not-found", "There is no attempt %d of payment %s.", no, paymentID)
	}
	if err != nil {
		return a, fail(err, "select attempt %d of payment %s", no, paymentID)
	}
	return a, nil
}

func (s payments) LastAttempt(ctx context.Context, paymentID string) (payment.Attempt, bool, error) {
	a, err := scanAttempt(s.h.row(ctx, attemptLast, bind("payment_id", paymentID)))
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fail(err, "select last attempt of payment %s", paymentID)
	}
	return a, true, nil
}

func (s payments) InsertAttempt(ctx context.Context, a payment.Attempt) error {
	if _, err := s.h.exec(ctx, attemptInsert, bind("payment_id", a.PaymentID), bind("attempt_no", a.No), bind("method_hash", a.MethodHash),
		bind("provider", a.Provider), bind("status", string(a.Status)), bind("started_at", a.StartedAt)); err != nil {
		return fail(err, "insert attempt %d of payment %s", a.No, a.PaymentID)
	}
	if _, err := s.h.exec(ctx, paymentCount, bind("id", a.PaymentID), bind("attempts", a.No), bind("updated_at", a.StartedAt)); err != nil {
		return fail(err, "count attempt of payment %s", a.PaymentID)
	}
	return nil
}

func (s payments) UpdateAttempt(ctx context.Context, a payment.Attempt) error {
	if _, err := s.h.exec(ctx, attemptUpdate, bind("payment_id", a.PaymentID), bind("attempt_no", a.No), bind("provider_ref", a.ProvRef), bind("status", string(a.Status)),
		bind("reason", a.Reason), bind("action_url", a.ActionURL), bind("updated_at", a.Updated),
		bind("method_sealed", a.Kept), bind("return_url", a.ReturnURL)); err != nil {
		return fail(err, "update attempt %d of payment %s", a.No, a.PaymentID)
	}
	return nil
}

func (s payments) OpenAttempts(ctx context.Context, before time.Time, n int) ([]payment.Attempt, error) {
	list, err := collect(ctx, s.h, attemptOpen, scanAttempt, bind("before_time", before), bind("n", n))
	if err != nil {
		return nil, fail(err, "select open payment attempts")
	}
	return list, nil
}
