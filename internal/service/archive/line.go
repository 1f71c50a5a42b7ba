package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/exchange"
	"tradewind/internal/service/verify"
	"tradewind/internal/store"
)

// line is an order as it stands in a file, with what the archive has to know of it.
type line struct {
	text []byte // with its line feed

	ID       string    `json:"id"`
	Number   int64     `json:"number"`
	PlacedAt time.Time `json:"placed_at"`
	Region   string    `json:"region"`
	Currency string    `json:"currency"`
	Total    int64     `json:"total_minor"`
	Payment  struct {
		ID       string         `json:"id"`
		Minor    int64          `json:"minor"`
		Refunded int64          `json:"refunded_minor"`
		Status   payment.Status `json:"status"`
		Attempts []struct {
			Provider string                `json:"provider"`
			Status   payment.AttemptStatus `json:"status"`
		} `json:"attempts"`
		Refunds []struct {
			ID     string               `json:"id"`
			Status payment.RefundStatus `json:"status"`
		} `json:"refunds"`
	} `json:"payment"`
	Returns []struct {
		Status order.ReturnStatus `json:"status"`
	} `json:"returns"`
}

func lineOf(text []byte) (l line, err error) {
	if err := json.Unmarshal(text, &l); err != nil || l.ID == "" {
		return l, fmt.Errorf("a line is not an order: %.80q", text)
	}
	l.text = text
	return l, nil
}

// finished reports whether no goods and no money are under way.
func (l line) finished(status order.Status) bool {
	p := l.Payment
	switch status {
	case order.Delivered:
		if p.Status != payment.Captured && p.Status != payment.Refunded {
			return false
		}
	case order.Cancelled, order.Expired: // what was paid has gone back
		if p.Status != payment.Void && p.Status != payment.Refunded && (p.Status != payment.Captured || p.Refunded != p.Minor) {
			return false
		}
	default:
		return false
	}
	for _, a := range p.Attempts {
		if a.Status.Open() {
			return false
		}
	}
	for _, r := range p.Refunds {
		if r.Status == payment.RefundDue {
			return false
		}
	}
	for _, r := range l.Returns {
		if r.Status.Open() || r.Status == order.Received {
			return false
		}
	}
	return true
}

// over reports whether an order may leave the shop: it is finished, everybody
// was told of it, the books agree about it, and its line could be imported again.
func (s *Service) over(ctx context.Context, o order.Order, l line) (bool, error) {
	if !l.finished(o.Status) || exchange.CheckOrderLine(l.text) != nil {
		return false, nil
	}
	if told, err := l.told(ctx, s.DB.Read()); err != nil || !told {
		return false, err
	}
	wrong, err := (&verify.Service{DB: s.DB}).Order(ctx, o)
	if fault.KindOf(err) == fault.NotFound { // it is being changed
		return false, nil
	}
	return len(wrong) == 0, err
}

// told reports whether no event of the order or of its refunds waits.
func (l line) told(ctx context.Context, read store.Stores) (bool, error) {
	about := []string{l.ID}
	for _, r := range l.Payment.Refunds {
		about = append(about, r.ID)
	}
	for _, id := range about {
		if waiting, err := read.Outbox.Waiting(ctx, id); err != nil || waiting {
			return false, err
		}
	}
	return true, nil
}

// noProvider is the provider of what cost nothing: no book but ours knows it.
const noProvider = "none"

// purged is what is remembered of the order.
func (l line) purged(part string, at time.Time) order.Purged {
	p := order.Purged{ID: l.ID, Number: l.Number, Archive: part, PaymentID: l.Payment.ID, Attempts: int64(len(l.Payment.Attempts)), Currency: l.Currency, At: at}
	for _, a := range l.Payment.Attempts {
		if a.Status == payment.AttemptCaptured && a.Provider != noProvider {
			p.Kept += l.Payment.Minor - l.Payment.Refunded
		}
	}
	return p
}

// Sum is the money of a part in one currency, in minor units.
type Sum struct {
	Currency string `json:"currency"`
	Orders   int64  `json:"orders"`
	Total    int64  `json:"total_minor"`
	Refunded int64  `json:"refunded_minor"`
}

// Contents say what is in a file.
type Contents struct {
	Orders int64  `json:"orders"`
	Sums   []Sum  `json:"sums"`
	SHA256 string `json:"sha256"` // of its lines
}

func (c Contents) equal(d Contents) bool {
	return c.Orders == d.Orders && c.SHA256 == d.SHA256 && slices.Equal(c.Sums, d.Sums)
}
