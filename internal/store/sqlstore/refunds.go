package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
)

var (
	refundInsert = statement("refund.insert", `INSERT INTO refund (id, payment_id, attempt_no, cause, cause_id, minor, tax_minor, status, reason, actor, created_at, updated_at)
		VALUES (:id, :payment_id, :attempt_no, :cause, :cause_id, :minor, :tax, 'due', :reason, :actor, :created_at, :created_at)`)
	refundGet       = statement("refund.get", refundColumns+` WHERE r.id = :id`)
	refundOfPayment = statement("refund.of_payment", refundColumns+` WHERE r.payment_id = :payment_id ORDER BY r.id`)
	refundEnd       = statement("refund.finish", `UPDATE refund SET status = :status, provider_ref = :provider_ref, updated_at = :updated_at WHERE id = :id AND status = 'due'`)

	paymentRefund = statement("payment.refund", `UPDATE payment SET refunded_minor = refunded_minor + :minor, updated_at = :updated_at
		WHERE id = :id AND status = 'captured' AND refunded_minor + :minor <= minor`)
	paymentUnrefund = statement("payment.take_back_refund", `UPDATE payment SET refunded_minor = refunded_minor - :minor, updated_at = :updated_at WHERE id = :id`)
)

const refundColumns = `SELECT r.id, r.payment_id, r.attempt_no, r.cause, r.cause_id, r.minor, p.currency, r.tax_minor, r.status, a.provider, a.provider_ref, r.reason, r.actor, r.created_at, r.provider_ref AS refund_ref, r.updated_at
	FROM refund r
	JOIN payment p ON p.id = r.payment_id
	JOIN payment_attempt a ON a.payment_id = r.payment_id AND a.attempt_no = r.attempt_no`

func scanRefund(r scanner) (x payment.Refund, err error) {
	err = r.Scan(&x.ID, &x.PaymentID, &x.AttemptNo, &x.Cause, &x.CauseID, &x.Amount.Minor, &x.Amount.Currency, &x.Tax, &x.Status, &x.Provider, &x.ProvRef, &x.Reason, &x.Actor, &x.CreatedAt, &x.Ref, &x.Updated)
	return x, err
}

func (s payments) InsertRefund(ctx context.Context, r payment.Refund) (bool, error) {
	_, err := s.h.exec(ctx, refundInsert, bind("id", r.ID), bind("payment_id", r.PaymentID), bind("attempt_no", r.AttemptNo), bind("cause", string(r.Cause)), bind("cause_id", r.CauseID),
		bind("minor", r.Amount.Minor), bind("tax", r.Tax), bind("reason", r.Reason), bind("actor", r.Actor), bind("created_at", r.CreatedAt))
	if codeOf(err) == codeUnique && constraintOf(err) == "refund_cause_uk" {
		return false, nil
	}
	if err != nil {
		return false, fail(err, "insert refund of payment %s", r.PaymentID)
	}
	if r.Cause == payment.Late {
		return true, nil
	}
	n, err := s.h.exec(ctx, paymentRefund, bind("id", r.PaymentID), bind("minor", r.Amount.Minor), bind("updated_at", r.CreatedAt))
	if err != nil {
		return false, fail(err, "count refund of payment %s", r.PaymentID)
	}
	if n == 0 {
		return false, fault.New(fault.Conflict, "refund-exceeds", "There is no %s left of this payment to give back.", r.Amount)
	}
	return true, nil
}

func (s payments) GetRefund(ctx context.Context, id string) (payment.Refund, error) {
	r, err := scanRefund(s.h.row(ctx, refundGet, bind("id", id)))
	if errors.Is(err, sql.ErrNoRows) {
		return r, fault.New(fault.NotFound, "refund-not-found", "There is no refund %s.", id)
	}
	return r, fail(err, "select refund %s", id)
}

func (s payments) Refunds(ctx context.Context, paymentID string) ([]payment.Refund, error) {
	list, err := collect(ctx, s.h, refundOfPayment, scanRefund, bind("payment_id", paymentID))
	return list, fail(err, "select refunds of payment %s", paymentID)
}

func (s payments) EndRefund(ctx context.Context, r payment.Refund, to payment.RefundStatus, provRef string, now time.Time) (bool, error) {
	n, err := s.h.exec(ctx, refundEnd, bind("id", r.ID), bind("status", string(to)), bind("provider_ref", provRef), bind("updated_at", now))
	if err != nil || n == 0 {
		return false, fail(err, "end refund %s", r.ID)
	}
	if to == payment.RefundFailed && r.Cause != payment.Late {
		if _, err := s.h.exec(ctx, paymentUnrefund, bind("id", r.PaymentID), bind("minor", r.Amount.Minor), bind("updated_at", now)); err != nil {
			return false, fail(err, "take back refund %s", r.ID)
		}
	}
	return true, nil
}
