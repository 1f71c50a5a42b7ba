package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/promotion"
)

var (
	promotionLimits = statement("promotion.limits", `SELECT max_uses, max_minor, max_per_customer, terms FROM promotion WHERE id = :id`)
	promotionRedeem = statement("promotion.redeem", `UPDATE promotion SET used = used + 1, spent_minor = spent_minor + :minor
		WHERE id = :id AND (max_uses IS NULL OR used < max_uses) AND (max_minor IS NULL OR spent_minor + :minor <= max_minor)`)
	promotionReturn = statement("promotion.give_back", `UPDATE promotion SET used = used - 1, spent_minor = spent_minor - :minor
		WHERE id = :id AND (max_uses IS NOT NULL OR max_minor IS NOT NULL)`)
	codeRedeem     = statement("promotion_code.redeem", `UPDATE promotion_code SET used = used + 1 WHERE code = :code AND (max_uses IS NULL OR used < max_uses)`)
	codeReturn     = statement("promotion_code.give_back", `UPDATE promotion_code SET used = used - 1 WHERE code = :code AND promotion_id = :id`)
	customerRedeem = statement("promotion_customer.redeem", `UPDATE promotion_customer SET used = used + 1
		WHERE promotion_id = :id AND customer_key = :customer_key AND used < :most`)
	customerInsert = statement("promotion_customer.insert", `INSERT INTO promotion_customer (promotion_id, customer_key, used) VALUES (:id, :customer_key, 1)`)
	customerReturn = statement("promotion_customer.give_back", `UPDATE promotion_customer SET used = used - 1 WHERE promotion_id = :id AND customer_key = :customer_key`)

	promotionUseInsert = statement("promotion_use.insert", `INSERT INTO promotion_use (promotion_id, order_id, code, customer_key, amount_minor, used_at)
		VALUES (:promotion_id, :order_id, :code, :customer_key, :amount_minor, :used_at)`)
	promotionUseOfOrder = statement("promotion_use.of_order", `SELECT promotion_id, code, customer_key, amount_minor FROM promotion_use WHERE order_id = :order_id ORDER BY promotion_id`)
	promotionUseDelete  = statement("promotion_use.delete", `DELETE FROM promotion_use WHERE promotion_id = :promotion_id AND order_id = :order_id`)

	promotionIDs        = statement("promotion.ids", `SELECT id FROM promotion WHERE id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`)
	promotionMiscounted = statement("promotion.miscounted", `SELECT p.title FROM promotion p
		WHERE p.id > :after_id AND p.id <= :last_id AND (p.max_uses IS NOT NULL OR p.max_minor IS NOT NULL)
		AND (p.used > p.max_uses OR p.spent_minor > p.max_minor
			OR p.used <> (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = p.id)
			OR p.spent_minor <> (SELECT COALESCE(SUM(u.amount_minor), 0) FROM promotion_use u WHERE u.promotion_id = p.id))`).long()
	codeMiscounted = statement("promotion_code.miscounted", `SELECT c.code FROM promotion_code c
		WHERE c.promotion_id > :after_id AND c.promotion_id <= :last_id
		AND (c.used > c.max_uses OR c.used <> (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = c.promotion_id AND u.code = c.code))`).long()
	customerMiscounted = statement("promotion_customer.miscounted", `SELECT p.title FROM promotion_customer k JOIN promotion p ON p.id = k.promotion_id
		WHERE k.promotion_id > :after_id AND k.promotion_id <= :last_id
		AND k.used <> (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = k.promotion_id AND u.customer_key = k.customer_key)`).long()
)

func (s promotions) Redeem(ctx context.Context, orderID string, uses []promotion.Use, now time.Time) error {
	uses = slices.Clone(uses)
	slices.SortFunc(uses, func(a, b promotion.Use) int { return strings.Compare(a.PromotionID, b.PromotionID) })
	for _, u := range uses {
		if err := s.redeem(ctx, &u); err != nil {
			return err
		}
		if _, err := s.h.exec(ctx, promotionUseInsert, bind("promotion_id", u.PromotionID), bind("order_id", orderID), bind("code", u.Code),
			bind("customer_key", u.CustomerKey), bind("amount_minor", u.Minor), bind("used_at", now)); err != nil {
			return fail(err, "record use of %s", u.Name)
		}
	}
	return nil
}

// redeem takes one use from each budget it counts in, in a fixed order: the
// promotion's, the code's, the customer's. The key of a customer who is not
// counted is taken off u.
func (s promotions) redeem(ctx context.Context, u *promotion.Use) error {
	p, err := s.limits(ctx, u.PromotionID)
	if err != nil {
		return fail(err, "select limits of %s", u.Name)
	}
	if p.Budget.Limited() {
		n, err := s.h.exec(ctx, promotionRedeem, bind("id", u.PromotionID), bind("minor", u.Minor))
		if err != nil {
			return fail(err, "redeem %s", u.Name)
		}
		if n == 0 {
			return promotion.UsedUp(u.Name)
		}
	}
	if u.Code != "" {
		n, err := s.h.exec(ctx, codeRedeem, bind("code", u.Code))
		if err != nil {
			return fail(err, "redeem code %s", u.Code)
		}
		if n == 0 {
			return promotion.UsedUp(u.Name)
		}
	}
	most := p.PerCustomer()
	if most == 0 {
		u.CustomerKey = ""
		return nil
	}
	return s.redeemOnce(ctx, *u, most)
}

func (s promotions) limits(ctx context.Context, id string) (p promotion.Promotion, err error) {
	var terms string
	var uses, minor, each sql.NullInt64
	if err := s.h.row(ctx, promotionLimits, bind("id", id)).Scan(&uses, &minor, &each, &terms); err != nil {
		return p, err
	}
	p.Budget = promotion.Budget{Uses: uses.Int64, Minor: minor.Int64, PerCustomer: each.Int64}
	return p, json.Unmarshal([]byte(terms), &p.Terms)
}

// redeemOnce counts a use of one customer, up to most.
func (s promotions) redeemOnce(ctx context.Context, u promotion.Use, most int64) error {
	id, key := bind("id", u.PromotionID), bind("customer_key", u.CustomerKey)
	n, err := s.h.exec(ctx, customerRedeem, id, key, bind("most", most))
	if err == nil && n == 0 {
		_, err = s.h.exec(ctx, customerInsert, id, key)
		if codeOf(err) == codeUnique { // there is a row: it is full, or another order has just added it
			if n, err = s.h.exec(ctx, customerRedeem, id, key, bind("most", most)); err == nil && n == 0 {
				return promotion.UsedByYou(u.Name)
			}
		}
	}
	return fail(err, "count use of %s", u.Name)
}

func (s promotions) Uses(ctx context.Context, orderID string) ([]promotion.Use, error) {
	uses, err := collect(ctx, s.h, promotionUseOfOrder, func(r scanner) (u promotion.Use, err error) {
		return u, r.Scan(&u.PromotionID, &u.Code, &u.CustomerKey, &u.Minor)
	}, bind("order_id", orderID))
	return uses, fail(err, "select promotions of %s", orderID)
}

func (s promotions) Return(ctx context.Context, orderID string) (int64, error) {
	uses, err := s.Uses(ctx, orderID)
	if err != nil {
		return 0, err
	}
	var returned int64
	for _, u := range uses {
		n, err := s.h.exec(ctx, promotionUseDelete, bind("promotion_id", u.PromotionID), bind("order_id", orderID))
		if err != nil {
			return 0, fail(err, "take back promotion %s", u.PromotionID)
		}
		if n == 0 {
			continue
		}
		if err := s.giveBack(ctx, u); err != nil {
			return 0, err
		}
		returned++
	}
	return returned, nil
}

func (s promotions) giveBack(ctx context.Context, u promotion.Use) error {
	id := bind("id", u.PromotionID)
	if _, err := s.h.exec(ctx, promotionReturn, id, bind("minor", u.Minor)); err != nil {
		return fail(err, "give back budget of %s", u.PromotionID)
	}
	if u.Code != "" {
		if _, err := s.h.exec(ctx, codeReturn, bind("code", u.Code), id); err != nil {
			return fail(err, "give back code %s", u.Code)
		}
	}
	if u.CustomerKey == "" {
		return nil
	}
	_, err := s.h.exec(ctx, customerReturn, id, bind("customer_key", u.CustomerKey))
	return fail(err, "give back the use of a customer of %s", u.PromotionID)
}

func (s promotions) Miscounted(ctx context.Context, after string, n int) (names []string, last string, err error) {
	if after == "" {
		after = "0"
	}
	text := func(r scanner) (s string, err error) { return s, r.Scan(&s) }
	ids, err := collect(ctx, s.h, promotionIDs, text, bind("after_id", after), bind("n", n))
	if err != nil || len(ids) == 0 {
		return nil, "", fail(err, "select promotions after %s", after)
	}
	last = ids[len(ids)-1]
	for _, st := range []*Statement{promotionMiscounted, codeMiscounted, customerMiscounted} {
		found, err := collect(ctx, s.h, st, text, bind("after_id", after), bind("last_id", last))
		if err != nil {
			return nil, "", fail(err, "check promotions after %s", after)
		}
		names = append(names, found...)
	}
	return names, last, nil
}
