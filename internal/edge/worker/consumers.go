package worker

import (
	"context"
	"encoding/json"
	"fmt"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/notify"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/setting"
	"tradewind/internal/platform/money"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/service/recommending"
	"tradewind/internal/service/settings"
	"tradewind/internal/service/settlement"
	"tradewind/internal/store"
)

// Letterhead returns who mails are from, as staff have set it.
type Letterhead func(ctx context.Context) (notify.Shop, error)

// LetterheadOf reads it from the settings.
func LetterheadOf(choices *settings.Service) Letterhead {
	return func(ctx context.Context) (shop notify.Shop, err error) {
		if shop.Name, err = choices.Text(ctx, setting.ShopName); err == nil {
			shop.Support, err = choices.Text(ctx, setting.SupportEmail)
		}
		return shop, err
	}
}

// Receipts mails the confirmation of a paid order, once per order and address.
func Receipts(db store.DB, mailer notify.Mailer, shop Letterhead) Consumer {
	return Consumer{Name: "receipts", Topics: []string{order.TopicPaid}, Handle: func(ctx context.Context, m outbox.Message) error {
		o, err := db.Read().Orders.Load(ctx, m.Aggregate)
		if err != nil {
			return err
		}
		from, err := shop(ctx)
		if err != nil {
			return err
		}
		message, err := confirmation(o, from).Message("paid-" + o.ID)
		if err != nil {
			return err
		}
		return mailer.Send(ctx, message)
	}}
}

func confirmation(o order.Order, shop notify.Shop) notify.Confirmation {
	amount := func(minor int64) money.Amount { return money.Of(minor, o.Currency) }
	c := notify.Confirmation{Shop: shop, To: o.Email, OrderID: o.ID, Number: o.Number, Total: o.TotalAmount(), Sums: []notify.Sum{{Label: "Goods", Amount: amount(o.Subtotal)}}}
	for _, l := range o.Lines {
		c.Lines = append(c.Lines, notify.Line{Title: l.Title, SKU: l.SKU, Qty: l.Qty, Total: amount(l.Unit * l.Qty)})
	}
	if o.Discount > 0 {
		c.Sums = append(c.Sums, notify.Sum{Label: "Discount", Amount: amount(-o.Discount)})
	}
	c.Sums = append(c.Sums, notify.Sum{Label: "Shipping", Amount: amount(o.Shipping)})
	if o.TaxInclusive {
		c.Sums = append(c.Sums, notify.Sum{Label: "Tax included", Amount: amount(o.Tax)})
	} else {
		c.Sums = append(c.Sums, notify.Sum{Label: "Tax", Amount: amount(o.Tax)})
	}
	for _, line := range []string{o.ShipTo.Name, o.ShipTo.Line1, o.ShipTo.Line2, o.ShipTo.Postcode + " " + o.ShipTo.City, o.ShipTo.Region, o.ShipTo.Country} {
		if line != "" {
			c.ShipTo = append(c.ShipTo, line)
		}
	}
	return c
}

// Payments ends what an order left open at the provider, and gives money back.
func Payments(settle *settlement.Service) Consumer {
	return Consumer{Name: "payments", Topics: []string{order.TopicCancelled, order.TopicExpired, settlement.TopicRefundDue}, Handle: func(ctx context.Context, m outbox.Message) error {
		if m.Topic != settlement.TopicRefundDue {
			return settle.Close(ctx, m.Aggregate)
		}
		var due settlement.RefundEvent
		if err := json.Unmarshal(m.Payload, &due); err != nil {
			return fmt.Errorf("read %s: %w", m.Topic, err)
		}
		return settle.Refund(ctx, due.RefundID)
	}}
}

// Sales counts what is bought, for recommendations.
func Sales(recommend *recommending.Service) Consumer {
	return Consumer{Name: "sales", Topics: []string{order.TopicPaid}, Together: func(ctx context.Context, list []outbox.Message) error {
		return recommend.Learn(ctx, aggregates(list)...)
	}}
}

// Documents issues invoices for what was paid and credit notes for what went back.
func Documents(fulfil *fulfilment.Service) Consumer {
	return Consumer{Name: "documents", Topics: []string{order.TopicPaid, settlement.TopicRefundDone}, Together: func(ctx context.Context, list []outbox.Message) error {
		paid, refunded := split(list, order.TopicPaid)
		if len(paid) > 0 {
			if _, err := fulfil.Invoices(ctx, aggregates(paid)); err != nil {
				return err
			}
		}
		for _, m := range refunded {
			if err := fulfil.CreditNote(ctx, m.Aggregate); err != nil {
				return err
			}
		}
		return nil
	}}
}

// Returns moves returns on whose money has gone back.
func Returns(fulfil *fulfilment.Service) Consumer {
	return Consumer{Name: "returns", Topics: []string{settlement.TopicRefundDone}, Handle: func(ctx context.Context, m outbox.Message) error {
		return fulfil.Refunded(ctx, m.Aggregate)
	}}
}

// Indexing keeps the search index in step with the catalogue and with what is
// sold out or back in stock. It stands behind StockWatch, which tells it what
// sold out; goods that an order gave back are looked at in any case, since the
// index may have seen them sold out when nobody said so. forget is called after a
// change of the catalogue has reached the index, or could not.
func Indexing(ix *merchandising.Indexer, forget func(ctx context.Context)) Consumer {
	return Consumer{Name: "index", Topics: []string{catalog.TopicProductChanged, catalog.TopicProductsAdded, catalog.TopicCategoryChanged, inventory.TopicMoved, inventory.TopicChanged,
		order.TopicCancelled, order.TopicExpired, order.TopicChanged},
		Handle: func(ctx context.Context, m outbox.Message) error {
			switch m.Topic {
			case inventory.TopicMoved:
				moved, err := movedBy(m)
				if err != nil {
					return err
				}
				return ix.StockMoved(ctx, moved)
			case inventory.TopicChanged:
				return ix.StockChanged(ctx, []string{m.Aggregate})
			case order.TopicCancelled, order.TopicExpired, order.TopicChanged:
				return ix.StockReturned(ctx, m.Aggregate)
			}
			defer forget(ctx)
			switch m.Topic {
			case catalog.TopicCategoryChanged: // its products come by themselves
				return nil
			case catalog.TopicProductsAdded:
				added, err := addedBy(m)
				if err != nil {
					return err
				}
				return ix.Added(ctx, added)
			}
			return ix.Refresh(ctx, m.Aggregate)
		}}
}

func addedBy(m outbox.Message) ([]string, error) {
	var added catalog.ProductsAdded
	if err := json.Unmarshal(m.Payload, &added); err != nil {
		return nil, fmt.Errorf("read %s: %w", m.Topic, err)
	}
	return added.ProductIDs, nil
}

func movedBy(m outbox.Message) ([]string, error) {
	var moved inventory.Moved
	if err := json.Unmarshal(m.Payload, &moved); err != nil {
		return nil, fmt.Errorf("read %s: %w", m.Topic, err)
	}
	return moved.SKUs, nil
}
