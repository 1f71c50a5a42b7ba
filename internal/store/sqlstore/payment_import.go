package sqlstore

import (
	"context"
	"time"

	"tradewind/internal/domain/payment"
)

var (
	paymentImport = statement("payment.import", `INSERT INTO payment (id, order_id, minor, currency, status, attempts, refunded_minor, provider, provider_ref, created_at, updated_at)
		VALUES (:id, :order_id, :minor, :currency, :status, :attempts, :refunded, :provider, :provider_ref, :created_at, :updated_at)`)
	attemptImport = statement("payment_attempt.import", `INSERT INTO payment_attempt (payment_id, attempt_no, method_hash, provider, provider_ref, status, reason, action_url, started_at, updated_at)
		VALUES (:payment_id, :attempt_no, :method_hash, :provider, :provider_ref, :status, :reason, :action_url, :started_at, :updated_at)`)
	refundImport = statement("refund.import", `INSERT INTO refund (id, payment_id, attempt_no, cause, cause_id, minor, tax_minor, status, provider_ref, reason, actor, created_at, updated_at)
		VALUES (:id, :payment_id, :attempt_no, :cause, :cause_id, :minor, :tax, :status, :provider_ref, :reason, :actor, :created_at, :updated_at)`)
)

func (s payments) Import(ctx context.Context, list []payment.Record) error {
	type R = payment.Record
	_, err := s.h.bulk(ctx, paymentImport, column("id", list, func(p R) string { return p.ID }), column("order_id", list, func(p R) string { return p.OrderID }),
		column("minor", list, func(p R) int64 { return p.Amount.Minor }), column("currency", list, func(p R) string { return p.Amount.Currency }),
		column("status", list, func(p R) payment.Status { return p.Status }), column("attempts", list, func(p R) int64 { return p.Attempts }),
		column("refunded", list, func(p R) int64 { return p.Refunded }), column("provider", list, func(p R) string { return p.Provider }),
		column("provider_ref", list, func(p R) string { return p.ProvRef }), column("created_at", list, func(p R) time.Time { return p.CreatedAt }),
		column("updated_at", list, func(p R) time.Time { return p.UpdatedAt }))
	if err != nil {
		return fail(err, "import %d payments", len(list))
	}
	tries := flat(list, func(p R) []payment.Attempt { return p.Tries })
	type A = payment.Attempt
	_, err = s.h.bulk(ctx, attemptImport, column("payment_id", tries, func(a A) string { return a.PaymentID }), column("attempt_no", tries, func(a A) int64 { return a.No }),
		column("method_hash", tries, func(a A) []byte { return a.MethodHash }), column("provider", tries, func(a A) string { return a.Provider }),
		column("provider_ref", tries, func(a A) string { return a.ProvRef }), column("status", tries, func(a A) payment.AttemptStatus { return a.Status }),
		column("reason", tries, func(a A) string { return a.Reason }), column("action_url", tries, func(a A) string { return a.ActionURL }),
		column("started_at", tries, func(a A) time.Time { return a.StartedAt }), column("updated_at", tries, func(a A) time.Time { return a.Updated }))
	if err != nil {
		return fail(err, "import attempts of %d payments", len(list))
	}
	backs := flat(list, func(p R) []payment.Refund { return p.Backs })
	type B = payment.Refund
	_, err = s.h.bulk(ctx, refundImport, column("id", backs, func(r B) string { return r.ID }), column("payment_id", backs, func(r B) string { return r.PaymentID }),
		column("attempt_no", backs, func(r B) int64 { return r.AttemptNo }), column("cause", backs, func(r B) payment.Cause { return r.Cause }),
		column("cause_id", backs, func(r B) string { return r.CauseID }), column("minor", backs, func(r B) int64 { return r.Amount.Minor }),
		column("tax", backs, func(r B) int64 { return r.Tax }), column("status", backs, func(r B) payment.RefundStatus { return r.Status }),
		column("provider_ref", backs, func(r B) string { return r.Ref }), column("reason", backs, func(r B) string { return r.Reason }),
		column("actor", backs, func(r B) string { return r.Actor }), column("created_at", backs, func(r B) time.Time { return r.CreatedAt }),
		column("updated_at", backs, func(r B) time.Time {
			if r.Updated.IsZero() {
				return r.CreatedAt
			}
			return r.Updated
		}))
	return fail(err, "import refunds of %d payments", len(list))
}
