package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
)

// promotions keeps promotion, promotion_code, promotion_customer and promotion_use.
type promotions struct{ h handle }

var (
	promotionByCode = listStatement("promotion.by_codes", promotionColumns+`, c.code, c.max_uses, c.used
		FROM promotion_code c JOIN promotion p ON p.id = c.promotion_id WHERE c.code IN (:list)`)
	promotionAutomatic = statement("promotion.automatic", promotionColumns+`
		FROM promotion p WHERE CASE WHEN p.automatic = 1 AND p.active = 1 THEN p.priority END > -1000000000 AND (p.ends_at IS NULL OR p.ends_at > :at_time)
		ORDER BY CASE WHEN p.automatic = 1 AND p.active = 1 THEN p.priority END, p.id FETCH FIRST :n ROWS ONLY`)
	promotionGet  = statement("promotion.get", promotionColumns+` FROM promotion p WHERE p.id = :id`)
	promotionPage = statement("promotion.page", promotionColumns+` FROM promotion p WHERE p.id > :after_id ORDER BY p.id FETCH FIRST :n ROWS ONLY`)

	promotionInsert = statement("promotion.insert", `INSERT INTO promotion (id, title, kind, automatic, active, priority, exclusive_use, terms, max_uses, max_minor, max_per_customer,
			starts_at, ends_at, version, created_at, updated_at)
		VALUES (:id, :title, :kind, :automatic, :active, :priority, :exclusive_use, :terms, :max_uses, :max_minor, :max_per_customer,
			:starts_at, :ends_at, 1, :updated_at, :updated_at)`)
	promotionUpdate = statement("promotion.update", `UPDATE promotion SET title = :title, kind = :kind, automatic = :automatic, active = :active, priority = :priority,
			exclusive_use = :exclusive_use, terms = :terms, max_uses = :max_uses, max_minor = :max_minor, max_per_customer = :max_per_customer,
			starts_at = :starts_at, ends_at = :ends_at, version = version + 1, updated_at = :updated_at
		WHERE id = :id AND version = :version`)
	promotionRecount = statement("promotion.recount", `UPDATE promotion SET used = (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = :id),
			spent_minor = (SELECT COALESCE(SUM(u.amount_minor), 0) FROM promotion_use u WHERE u.promotion_id = :id)
		WHERE id = :id`).long()

	codeUpdate = statement("promotion_code.update", `UPDATE promotion_code SET max_uses = :max_uses WHERE code = :code AND promotion_id = :promotion_id`)
	codeInsert = statement("promotion_code.insert", `INSERT INTO promotion_code (code, promotion_id, max_uses) VALUES (:code, :promotion_id, :max_uses)`)
	codeDelete = statement("promotion_code.delete", `DELETE FROM promotion_code WHERE code = :code AND promotion_id = :promotion_id`)
	codeUses   = statement("promotion_use.of_promotion", `SELECT order_id, code, amount_minor, used_at FROM promotion_use
		WHERE promotion_id = :promotion_id AND order_id < :before_id ORDER BY order_id DESC FETCH FIRST :n ROWS ONLY`).page(50)
	codePage = statement("promotion_code.page", `SELECT code, promotion_id, max_uses, used FROM promotion_code
		WHERE promotion_id = :promotion_id AND code > :after_code ORDER BY code FETCH FIRST :n ROWS ONLY`)
)

const promotionColumns = `SELECT p.id, p.title, p.kind, p.automatic, p.active, p.priority, p.exclusive_use, p.terms, p.max_uses, p.max_minor, p.max_per_customer,
	p.used, p.spent_minor, p.starts_at, p.ends_at, p.version, p.created_at, p.updated_at`

// scanPromotion reads the columns of promotionColumns and those behind them into more.
func scanPromotion(r scanner, more ...any) (p promotion.Promotion, err error) {
	var terms string
	var uses, minor, each sql.NullInt64
	var starts, ends sql.NullTime
	err = r.Scan(append([]any{&p.ID, &p.Title, &p.Kind, &p.Automatic, &p.Active, &p.Priority, &p.Exclusive, &terms, &uses, &minor, &each,
		&p.Used, &p.Spent, &starts, &ends, &p.Version, &p.CreatedAt, &p.UpdatedAt}, more...)...)
	if err != nil {
		return p, err
	}
	p.Budget = promotion.Budget{Uses: uses.Int64, Minor: minor.Int64, PerCustomer: each.Int64}
	p.StartsAt, p.EndsAt = when(starts), when(ends)
	return p, json.Unmarshal([]byte(terms), &p.Terms)
}

func (s promotions) ByCodes(ctx context.Context, codes []string) ([]promotion.Offer, error) {
	var out []promotion.Offer
	err := promotionByCode.each(codes, func(st *Statement, list []sql.NamedArg) error {
		rows, err := collect(ctx, s.h, st, func(r scanner) (o promotion.Offer, err error) {
			var uses sql.NullInt64
			o.Promotion, err = scanPromotion(r, &o.Code.Code, &uses, &o.Code.Used)
			o.Code.PromotionID, o.Code.MaxUses = o.ID, uses.Int64
			return o, err
		}, list...)
		out = append(out, rows...)
		return err
	})
	if err != nil {
		return nil, fail(err, "select promotions")
	}
	return out, nil
}

func (s promotions) Automatic(ctx context.Context, now time.Time) ([]promotion.Offer, error) {
	list, err := collect(ctx, s.h, promotionAutomatic, func(r scanner) (o promotion.Offer, err error) {
		o.Promotion, err = scanPromotion(r)
		return o, err
	}, bind("at_time", now), bind("n", promotion.MaxAutomatic))
	return list, fail(err, "select automatic promotions")
}

func (s promotions) Get(ctx context.Context, id string) (promotion.Promotion, error) {
	p, err := scanPromotion(s.h.row(ctx, promotionGet, bind("id", id)))
	if errors.Is(err, sql.ErrNoRows) {
		return p, notFoundPromotion(id)
	}
	return p, fail(err, "select promotion %s", id)
}

func notFoundPromotion(id string) error {
	return fault.New(fault.NotFound, "promotion-not-found", "There is no promotion %s.", id)
}

func (s promotions) Page(ctx context.Context, after string, n int) ([]promotion.Promotion, error) {
	if after == "" {
		after = "0"
	}
	list, err := collect(ctx, s.h, promotionPage, func(r scanner) (promotion.Promotion, error) { return scanPromotion(r) }, bind("after_id", after), bind("n", n))
	return list, fail(err, "select promotions after %s", after)
}

func (s promotions) Insert(ctx context.Context, p promotion.Promotion) error {
	args, err := promotionArgs(p)
	if err == nil {
		_, err = s.h.exec(ctx, promotionInsert, args...)
	}
	return fail(err, "insert promotion %s", p.Title)
}

func promotionArgs(p promotion.Promotion) ([]sql.NamedArg, error) {
	terms, err := json.Marshal(p.Terms)
	if err != nil {
		return nil, fmt.Errorf("encode terms: %w", err)
	}
	return []sql.NamedArg{bind("id", p.ID), bind("title", p.Title), bind("kind", string(p.Kind)), bind("automatic", bit(p.Automatic)), bind("active", bit(p.Active)),
		bind("priority", p.Priority), bind("exclusive_use", bit(p.Exclusive)), bind("terms", string(terms)), bind("max_uses", null(p.Budget.Uses)),
		bind("max_minor", null(p.Budget.Minor)), bind("max_per_customer", null(p.Budget.PerCustomer)), bind("starts_at", p.StartsAt), bind("ends_at", p.EndsAt),
		bind("updated_at", p.UpdatedAt)}, nil
}

func (s promotions) Update(ctx context.Context, p promotion.Promotion) error {
	args, err := promotionArgs(p)
	if err != nil {
		return err
	}
	n, err := s.h.exec(ctx, promotionUpdate, append(args, bind("version", p.Version-1))...)
	if err != nil {
		return fail(err, "update promotion %s", p.ID)
	}
	if n == 0 {
		if _, err := s.Get(ctx, p.ID); err != nil {
			return err
		}
		return fault.ChangedMeanwhile("promotion " + p.ID)
	}
	if p.Budget.Limited() {
		if _, err := s.h.exec(ctx, promotionRecount, bind("id", p.ID)); err != nil {
			return fail(err, "count uses of promotion %s", p.ID)
		}
	}
	return nil
}

func (s promotions) PutCode(ctx context.Context, c promotion.Code) error {
	for _, st := range []*Statement{codeUpdate, codeInsert} {
		n, err := s.h.exec(ctx, st, bind("code", promotion.Normal(c.Code)), bind("promotion_id", c.PromotionID), bind("max_uses", null(c.MaxUses)))
		switch {
		case codeOf(err) == codeUnique:
			return fault.New(fault.Conflict, "code-taken", "The code %s belongs to another promotion.", c.Code).Because(err)
		case codeOf(err) == codeNoParent:
			return notFoundPromotion(c.PromotionID)
		case err != nil:
			return fail(err, "write code %s", c.Code)
		case n > 0:
			return nil
		}
	}
	return nil
}

func (s promotions) RemoveCode(ctx context.Context, promotionID, code string) (bool, error) {
	n, err := s.h.exec(ctx, codeDelete, bind("code", promotion.Normal(code)), bind("promotion_id", promotionID))
	return n > 0, fail(err, "delete code %s", code)
}

func (s promotions) Codes(ctx context.Context, promotionID, after string, n int) ([]promotion.Code, error) {
	if after == "" {
		after = " " // below every code
	}
	list, err := collect(ctx, s.h, codePage, func(r scanner) (c promotion.Code, err error) {
		var uses sql.NullInt64
		err = r.Scan(&c.Code, &c.PromotionID, &uses, &c.Used)
		c.MaxUses = uses.Int64
		return c, err
	}, bind("promotion_id", promotionID), bind("after_code", after), bind("n", n))
	return slices.Clip(list), fail(err, "select codes of promotion %s", promotionID)
}

func (s promotions) AddCodes(ctx context.Context, promotionID string, codes []string, maxUses int64) error {
	_, err := s.h.batch(ctx, codeInsert, bind("code", codes), bind("promotion_id", promotionID), bind("max_uses", sql.NullInt64{Int64: maxUses, Valid: maxUses > 0}))
	switch {
	case codeOf(err) == codeUnique:
		return fault.New(fault.Conflict, "code-taken", "One of the codes is taken; try again.").Because(err)
	case codeOf(err) == codeNoParent:
		return notFoundPromotion(promotionID)
	}
	return fail(err, "add %d codes", len(codes))
}

func (s promotions) Redemptions(ctx context.Context, promotionID, before string, n int) ([]promotion.Redeemed, error) {
	list, err := collect(ctx, s.h, codeUses, func(r scanner) (u promotion.Redeemed, err error) {
		return u, r.Scan(&u.OrderID, &u.Code, &u.Minor, &u.At)
	}, bind("promotion_id", promotionID), bind("before_id", cmp.Or(before, "g")), bind("n", n)) // no id begins with g
	return list, fail(err, "select uses of promotion %s", promotionID)
}
