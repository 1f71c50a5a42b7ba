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
	"tradewind/internal/service/checkout"
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
			mail.Orders = append(mail.Orders, notify.OrderLink{Number: l.Number, Total: l.Total, Placed: l.PlacedAt, URL: base + "/orders/" + l.ID + "#token=" + url.QueryEscape(l.Token)})
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
