package sqlstore

import "context"

// A counter is what its recorded uses come to. That of a promotion is kept only
// where it has a budget.
var (
	promotionMend = statement("promotion.mend", `UPDATE promotion SET
			used = (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = promotion.id),
			spent_minor = (SELECT COALESCE(SUM(u.amount_minor), 0) FROM promotion_use u WHERE u.promotion_id = promotion.id)
		WHERE id = :id AND (max_uses IS NOT NULL OR max_minor IS NOT NULL)
			AND (used <> (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = promotion.id)
			OR spent_minor <> (SELECT COALESCE(SUM(u.amount_minor), 0) FROM promotion_use u WHERE u.promotion_id = promotion.id))`)
	codeRecount = statement("promotion_code.recount", `UPDATE promotion_code SET
			used = (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = promotion_code.promotion_id AND u.code = promotion_code.code)
		WHERE promotion_id = :id
			AND used <> (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = promotion_code.promotion_id AND u.code = promotion_code.code)`)
	customerRecount = statement("promotion_customer.recount", `UPDATE promotion_customer SET
			used = (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = promotion_customer.promotion_id AND u.customer_key = promotion_customer.customer_key)
		WHERE promotion_id = :id
			AND used <> (SELECT COUNT(*) FROM promotion_use u WHERE u.promotion_id = promotion_customer.promotion_id AND u.customer_key = promotion_customer.customer_key)`)
)

func (s promotions) IDs(ctx context.Context, after string, n int) ([]string, error) {
	if after == "" {
		after = "0"
	}
	ids, err := collect(ctx, s.h, promotionIDs, scanID, bind("after_id", after), bind("n", n))
	return ids, fail(err, "select promotions after %s", after)
}

func (s promotions) Recount(ctx context.Context, id string) (changed int64, err error) {
	for _, st := range []*Statement{promotionMend, codeRecount, customerRecount} {
		n, err := s.h.exec(ctx, st, bind("id", id))
		if err != nil {
			return changed, fail(err, "recount promotion %s", id)
		}
		changed += n
	}
	return changed, nil
}
