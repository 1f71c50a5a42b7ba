package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"tradewind/internal/domain/notify"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/payment"
	"tradewind/internal/service/checkout"
	"tradewind/internal/service/settlement"
	"tradewind/internal/store"
)

// OrderLinks mails links to their orders to those who asked for them. Where an
// address has no orders nothing is sent.
func OrderLinks(orders *checkout.Service, mailer notify.Mailer, shop Letterhead, base string) Consumer {
	base = strings.TrimSuffix(base, "/")
	return Consumer{Name: "order-links", Topics: []string{order.TopicLinks}, Handle: func(ctx context.Context, m outbox.Message) error {
		var asked order.LinksAsked
		if err := json.Unmarshal(m.Payload, &asked); err != nil {
			return fmt.Errorf("read %s: %w", m.Topic, err)
		}
		links, account, err := orders.Links(ctx, asked.Email, m.CreatedAt)
		if err != nil || len(links) == 0 && !account {
			return err
		}
		mail := notify.OrderLinks{To: asked.Email}
		if mail.Shop, err = shop(ctx); err != nil {
			return err
		}
		for _, l := range links {
			mail.Orders = append(mail.Orders, notify.OrderLink{Number: l.Number, Total: l.Total, Placed: l.PlacedAt, URL: pageOf(base, l)})
		}
		if account {
			mail.Account = base + "/account/orders"
		}
		message, err := mail.Message("order-links-" + m.Aggregate)
		if err != nil {
			return err
		}
		return mailer.Send(ctx, message)
	}}
}

// pageOf is the page of an order for whoever holds the link.
func pageOf(base string, l checkout.Link) string {
	return base + "/orders/" + l.ID + "#token=" + url.QueryEscape(l.Token)
}

// PaymentNeeded mails shoppers whose payment was to be made later, and needs them
// after all, unless the order has ended meanwhile.
func PaymentNeeded(db store.DB, orders *checkout.Service, mailer notify.Mailer, shop Letterhead, base string) Consumer {
	base = strings.TrimSuffix(base, "/")
	return Consumer{Name: "payment-needed", Topics: []string{settlement.TopicNotCollected}, Handle: func(ctx context.Context, m outbox.Message) error {
		var told settlement.NotCollected
		if err := json.Unmarshal(m.Payload, &told); err != nil {
			return fmt.Errorf("read %s: %w", m.Topic, err)
		}
		o, err := db.Read().Orders.Load(ctx, told.OrderID)
		if err != nil || o.Status != order.Placed {
			return err
		}
		mail := notify.PaymentNeeded{To: o.Email, OrderID: o.ID, Number: o.Number, Total: o.TotalAmount(), Confirm: told.Status == payment.RequiresAction}
		if mail.Shop, err = shop(ctx); err != nil {
			return err
		}
		if mail.URL = base + "/account/orders/" + o.ID; o.CustomerID == "" {
			mail.URL = pageOf(base, orders.LinkTo(o, m.CreatedAt))
		}
		message, err := mail.Message("payment-needed-" + strings.ReplaceAll(m.Aggregate, "/", "-"))
		if err != nil {
			return err
		}
		return mailer.Send(ctx, message)
	}}
}
