package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/promotion"
)

// promotions keeps promotion and promotion_use.
type promotions struct{ h handle }

var (
	promotionByCode = listStatement("promotion.by_codes", `SELECT id, code, title, kind, percent_ppm, currency, amount_minor, min_spend_minor, category_id, max_uses, used, starts_at, ends_at
		FROM promotion WHERE code IN (:list)`)
	promotionUpdate = statement("promotion.update", `UPDATE promotion SET code = :code, title = :title, kind = :kind, percent_ppm = :percent_ppm, currency = :currency,
		amount_minor = :amount_minor, min_spend_minor = :min_spend, category_id = :category_id, max_uses = :max_uses, starts_at = :starts_at, ends_at = :ends_at WHERE id = :id`)
	promotionInsert = statement("promotion.insert", `INSERT INTO promotion (id, code, title, kind, percent_ppm, currency, amount_minor, min_spend_minor, category_id, max_uses, starts_at, ends_at)
		VALUES (:id, :code, :title, :kind, :percent_ppm, :currency, :amount_minor, :min_spend, :category_id, :max_uses, :starts_at, :ends_at)`)
	promotionRedeem = statement("promotion.redeem", `UPDATE promotion SET used = used + 1 WHERE id = :id AND (max_uses IS NULL OR used < max_uses)`)
	promotionReturn = statement("promotion.give_back", `UPDATE promotion SET used = used - 1 WHERE id = :id`)

	promotionUseInsert  = statement("promotion_use.insert", `INSERT INTO promotion_use (promotion_id, order_id, amount_minor, used_at) VALUES (:promotion_id, :order_id, :amount_minor, :used_at)`)
	promotionUseOfOrder = statement("promotion_use.of_order", `SELECT promotion_id FROM promotion_use WHERE order_id = :order_id ORDER BY promotion_id`)
	promotionUseDelete  = statement("promotion_use.delete", `DELETE FROM promotion_use WHERE promotion_id = :promotion_id AND order_id = :order_id`)

	promotionOverspent = statement("promotion.overspent", `SELECT p.code FROM promotion p
		WHERE p.used > p.max_uses OR p.used <> (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = p.id) ORDER BY p.code`)
)

func (s promotions) ByCodes(ctx context.Context, codes []string) ([]promotion.Promotion, error) {
	var out []promotion.Promotion
	seen := map[string]bool{}
	err := promotionByCode.each(codes, func(st *Statement, list []sql.NamedArg) error {
		rows, err := collect(ctx, s.h, st, func(r scanner) (p promotion.Promotion, err error) {
			var uses sql.NullInt64
			var starts, ends sql.NullTime
			err = r.Scan(&p.ID, &p.Code, &p.Title, &p.Kind, &p.PercentPPM, &p.Amount.Currency, &p.Amount.Minor, &p.MinSpend, &p.CategoryID, &uses, &p.Used, &starts, &ends)
			p.MaxUses, p.StartsAt, p.EndsAt = uses.Int64, when(starts), when(ends)
			return p, err
		}, list...)
		for _, p := range rows {
			if !seen[p.ID] {
				seen[p.ID] = true
				out = append(out, p)
			}
		}
		return err
	})
	if err != nil {
		return nil, fail(err, "select promotions")
	}
	slices.SortFunc(out, func(a, b promotion.Promotion) int { return strings.Compare(a.Code, b.Code) })
	return out, nil
}

func (s promotions) Put(ctx context.Context, p promotion.Promotion) error {
	for _, st := range []*Statement{promotionUpdate, promotionInsert} {
		n, err := s.h.exec(ctx, st, bind("id", p.ID), bind("code", promotion.Normal(p.Code)), bind("title", p.Title), bind("kind", string(p.Kind)),
			bind("percent_ppm", p.PercentPPM), bind("currency", p.Amount.Currency), bind("amount_minor", p.Amount.Minor), bind("min_spend", p.MinSpend),
			bind("category_id", p.CategoryID), bind("max_uses", null(p.MaxUses)), bind("starts_at", p.StartsAt), bind("ends_at", p.EndsAt))
		if err != nil {
			return fail(err, "write promotion %s", p.Code)
		}
		if n > 0 {
			break
		}
	}
	return nil
}

func (s promotions) Redeem(ctx context.Context, orderID string, uses []promotion.Use, now time.Time) error {
	uses = slices.Clone(uses)
	slices.SortFunc(uses, func(a, b promotion.Use) int { return strings.Compare(a.PromotionID, b.PromotionID) })
	for _, u := range uses {
		n, err := s.h.exec(ctx, promotionRedeem, bind("id", u.PromotionID))
		if err != nil {
			return fail(err, "redeem %s", u.Code)
		}
		if n == 0 {
			return promotion.UsedUp(u.Code)
		}
		if _, err := s.h.exec(ctx, promotionUseInsert, bind("promotion_id", u.PromotionID), bind("order_id", orderID),
			bind("amount_minor", u.Minor), bind("used_at", now)); err != nil {
			return fail(err, "record use of %s", u.Code)
		}
	}
	return nil
}

func (s promotions) Return(ctx context.Context, orderID string) (int64, error) {
	ids, err := collect(ctx, s.h, promotionUseOfOrder, func(r scanner) (id string, err error) { return id, r.Scan(&id) }, bind("order_id", orderID))
	if err != nil {
		return 0, fail(err, "select promotions of %s", orderID)
	}
	var returned int64
	for _, id := range ids {
		n, err := s.h.exec(ctx, promotionUseDelete, bind("promotion_id", id), bind("order_id", orderID))
		if err != nil {
			return 0, fail(err, "take back promotion %s", id)
		}
		if n == 0 {
			continue
		}
		if _, err := s.h.exec(ctx, promotionReturn, bind("id", id)); err != nil {
			return 0, fail(err, "give back budget of %s", id)
		}
		returned++
	}
	return returned, nil
}

func (s promotions) Overspent(ctx context.Context) ([]string, error) {
	codes, err := collect(ctx, s.h, promotionOverspent, func(r scanner) (code string, err error) { return code, r.Scan(&code) })
	if err != nil {
		return nil, fail(err, "check promotions")
	}
	return codes, nil
}
