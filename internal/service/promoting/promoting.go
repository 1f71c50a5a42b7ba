// Package promoting is what staff do with promotions and their codes. Every
// change is audited and names the version that it was made from.
package promoting

import (
	"context"
	"crypto/rand"
	"math/big"
	"regexp"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// Service keeps promotions.
type Service struct {
	DB    store.DB
	Now   func() time.Time
	NewID func() string
}

// By is who does something, and under which key.
type By struct {
	Actor string // staff:ID
	Once  idempotency.Request
}

// Create adds p, whose id and version are the shop's to choose. Codes are
// "promotion-invalid" and "promotion-target" for goods that are not there.
func (s *Service) Create(ctx context.Context, by By, p promotion.Promotion) (promotion.Promotion, error) {
	p.ID, p.Version, p.CreatedAt, p.UpdatedAt = s.NewID(), 1, s.Now(), s.Now()
	if err := check(p); err != nil {
		return p, err
	}
	return once.Do(ctx, s.DB, by.Once, s.Now(), func(tx store.Stores) (promotion.Promotion, error) {
		if err := known(ctx, tx, p.Terms); err != nil {
			return p, err
		}
		if err := tx.Promotions.Insert(ctx, p); err != nil {
			return p, err
		}
		return p, tx.Audit.Add(ctx, s.entry(by, "promotion.create", p.ID, p))
	})
}

// Update changes the promotion of p's id, if its version is p's. What it was
// used stays counted. Codes are those of Create, "promotion-not-found" and
// "changed-meanwhile".
func (s *Service) Update(ctx context.Context, by By, p promotion.Promotion) (promotion.Promotion, error) {
	p.UpdatedAt = s.Now()
	if err := check(p); err != nil {
		return p, err
	}
	p.Version++
	var written promotion.Promotion
	err := s.DB.InTx(ctx, func(tx store.Stores) error {
		old, err := tx.Promotions.Get(ctx, p.ID)
		if err != nil {
			return err
		}
		if err := known(ctx, tx, p.Terms); err != nil {
			return err
		}
		if err := tx.Promotions.Update(ctx, p); err != nil {
			return err
		}
		if written, err = tx.Promotions.Get(ctx, p.ID); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, s.entry(by, "promotion.update", p.ID, map[string]any{"from": old, "to": written}))
	})
	return written, err
}

func (s *Service) entry(by By, action, subject string, details any) audit.Entry {
	return audit.Entry{Actor: by.Actor, Action: action, Subject: subject, Details: details, At: s.Now()}
}

const mostUses = 999_999_999

// check is Validate with the bounds of what can be kept.
func check(p promotion.Promotion) error {
	bad := func(field, format string, args ...any) error {
		return fault.Field("promotion-invalid", field, format, args...)
	}
	t := p.Terms
	amounts := []int64{t.AmountOff, t.MinSpend, p.Budget.Minor}
	counts := []int64{t.Buy, t.Get, t.MostSets, t.MinQty, p.Budget.Uses, p.Budget.PerCustomer, max(p.Priority, -p.Priority)}
	for _, tier := range t.Tiers {
		amounts = append(amounts, tier.From, tier.AmountOff)
	}
	words := slices.Concat(t.CategoryIDs, t.ProductIDs, t.Groups, t.Channels, t.Countries, []string{t.GiftSKU, p.Title, t.Currency})
	switch {
	case slices.Max(amounts) > money.Max:
		return bad("terms", "amounts are %d at most", int64(money.Max))
	case slices.Max(counts) > mostUses || p.Priority < -mostUses:
		return bad("terms", "numbers are %d at most", mostUses)
	case slices.ContainsFunc(words, func(w string) bool {
		return utf8.RuneCountInString(w) > 200 || slices.ContainsFunc([]rune(w), unicode.IsControl)
	}):
		return bad("terms", "texts have 200 characters at most, without control characters")
	}
	return p.Validate()
}

// known refuses terms that name goods that are not there; a collection may
// stand where a category does.
func known(ctx context.Context, tx store.Stores, t promotion.Terms) error {
	look := func(field string, ids []string, nouns ...catalog.Noun) error {
		for _, id := range ids {
			found := false
			for _, noun := range nouns {
				has, err := tx.Catalog.Has(ctx, noun, id)
				if err != nil {
					return err
				}
				found = found || has
			}
			if !found {
				return fault.Field("promotion-target", field, "there is no %s %.40s", nouns[0], id)
			}
		}
		return nil
	}
	if err := look("terms.category_ids", t.CategoryIDs, catalog.NounCategory, catalog.NounCollection); err != nil {
		return err
	}
	if err := look("terms.product_ids", t.ProductIDs, catalog.NounProduct); err != nil || t.GiftSKU == "" {
		return err
	}
	owners, err := tx.Catalog.BySKUs(ctx, []string{t.GiftSKU})
	if err == nil && len(owners) == 0 {
		err = fault.Field("promotion-target", "terms.gift_sku", "there is no variant %s", t.GiftSKU)
	}
	return err
}

var codeShape = regexp.MustCompile(`^[A-Z0-9]+([-_][A-Z0-9]+)*$`)

// PutCode adds a code of a promotion or changes how often it may be used, 0 for
// any. Codes are "bad-code", "code-taken" and "promotion-not-found".
func (s *Service) PutCode(ctx context.Context, by By, promotionID, code string, maxUses int64) (promotion.Code, error) {
	c := promotion.Code{Code: promotion.Normal(code), PromotionID: promotionID, MaxUses: maxUses}
	if len(c.Code) > 40 || !codeShape.MatchString(c.Code) || maxUses < 0 || maxUses > mostUses {
		return c, fault.Field("bad-code", "code", "write up to 40 letters, digits and single dashes, such as SPRING-10, for 0 to %d uses", mostUses)
	}
	return c, s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := automaticHasNone(ctx, tx, promotionID); err != nil {
			return err
		}
		if err := tx.Promotions.PutCode(ctx, c); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, s.entry(by, "promotion.code", promotionID, map[string]any{"code": c.Code, "max_uses": maxUses}))
	})
}

// automaticHasNone refuses codes for a promotion that needs none.
func automaticHasNone(ctx context.Context, tx store.Stores, id string) error {
	p, err := tx.Promotions.Get(ctx, id)
	if err == nil && p.Automatic {
		err = fault.New(fault.Conflict, "promotion-automatic", "%s holds for every cart and takes no codes.", p.Title)
	}
	return err
}

// RemoveCode ends a code; orders that used it stay. The error's code is "code-not-found".
func (s *Service) RemoveCode(ctx context.Context, by By, promotionID, code string) error {
	return s.DB.InTx(ctx, func(tx store.Stores) error {
		gone, err := tx.Promotions.RemoveCode(ctx, promotionID, code)
		if err != nil {
			return err
		}
		if !gone {
			return fault.New(fault.NotFound, "code-not-found", "The promotion has no code %s.", promotion.Normal(code))
		}
		return tx.Audit.Add(ctx, s.entry(by, "promotion.code-removed", promotionID, map[string]any{"code": promotion.Normal(code)}))
	})
}

// MostCodes is how many codes are made at once.
const MostCodes = 1000

// alphabet has no letters that are taken for digits or for each other.
const alphabet = "ABCDEFGHJKMNPQRSTVWXYZ23456789"

// codeLength is how many characters of alphabet nobody guesses: 14 of 30 are 68 bits.
const codeLength = 14

// Generate makes n codes that cannot be guessed, each for maxUses uses, 0 for
// any, behind a prefix that may be empty. Codes are "bad-code",
// "promotion-not-found" and "promotion-automatic".
func (s *Service) Generate(ctx context.Context, by By, promotionID string, n int, prefix string, maxUses int64) ([]string, error) {
	prefix = promotion.Normal(prefix)
	if n < 1 || n > MostCodes || len(prefix) > 20 || prefix != "" && !codeShape.MatchString(prefix) || maxUses < 0 || maxUses > mostUses {
		return nil, fault.Field("bad-code", "count", "1 to %d codes are possible, with a prefix of up to 20 letters and digits", MostCodes)
	}
	return once.Do(ctx, s.DB, by.Once, s.Now(), func(tx store.Stores) ([]string, error) {
		if err := automaticHasNone(ctx, tx, promotionID); err != nil {
			return nil, err
		}
		codes := make([]string, n)
		for i := range codes {
			codes[i] = randomCode(prefix)
		}
		slices.Sort(codes)
		if err := tx.Promotions.AddCodes(ctx, promotionID, codes, maxUses); err != nil {
			return nil, err
		}
		return codes, tx.Audit.Add(ctx, s.entry(by, "promotion.codes", promotionID, map[string]any{"count": n, "prefix": prefix, "max_uses": maxUses}))
	})
}

func randomCode(prefix string) string {
	code := make([]byte, codeLength)
	for i := range code {
		at, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // crypto/rand ends the program rather than fail
		}
		code[i] = alphabet[at.Int64()]
	}
	if prefix != "" {
		prefix += "-"
	}
	return prefix + string(code)
}
