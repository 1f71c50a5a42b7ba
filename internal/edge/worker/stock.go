package worker

import (
	"context"
	"encoding/json"
	"fmt"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/setting"
	"tradewind/internal/service/settings"
	"tradewind/internal/service/stockkeeping"
	"tradewind/internal/store"
)

var stockOrders = []string{order.TopicPlaced, order.TopicCancelled, order.TopicExpired, order.TopicChanged}

// StockWatch looks at SKUs whose stock may have moved, and says what sold out,
// came back or is low; those of a batch's orders at once. When the shop's own
// level changes it looks at all.
func StockWatch(db store.DB, stock *stockkeeping.Service, choices *settings.Service) Consumer {
	topics := append([]string{inventory.TopicMoved, inventory.TopicLocation, inventory.TopicLook, catalog.TopicProductChanged, catalog.TopicProductsAdded, setting.TopicChanged}, stockOrders...)
	return Consumer{Name: "stock", Topics: topics, Together: func(ctx context.Context, list []outbox.Message) error {
		orders, others := split(list, stockOrders...)
		for _, m := range others {
			if err := watchStock(ctx, db, stock, choices, m); err != nil {
				return err
			}
		}
		return stock.WatchOrders(ctx, aggregates(orders)...)
	}}
}

// watchStock looks at what an event that is of no order says.
func watchStock(ctx context.Context, db store.DB, stock *stockkeeping.Service, choices *settings.Service, m outbox.Message) error {
	switch m.Topic {
	case setting.TopicChanged:
		choices.Forget() // another process may have written it
		if setting.ChangedIn(m) != setting.StockLow {
			return nil
		}
		return stock.WatchAll(ctx)
	case inventory.TopicLocation:
		return stock.WatchLocation(ctx, m.Aggregate)
	case inventory.TopicLook:
		var l inventory.Look
		if err := json.Unmarshal(m.Payload, &l); err != nil {
			return fmt.Errorf("read %s: %w", m.Topic, err)
		}
		return stock.Look(ctx, l)
	case inventory.TopicMoved:
		moved, err := movedBy(m)
		if err != nil {
			return err
		}
		return stock.Watch(ctx, moved)
	case catalog.TopicProductsAdded:
		added, err := addedBy(m)
		if err != nil {
			return err
		}
		return watchNew(ctx, db, stock, added)
	}
	return watchNew(ctx, db, stock, []string{m.Aggregate}) // a product was changed
}

// watchNew looks at the SKUs of products that may be new.
func watchNew(ctx context.Context, db store.DB, stock *stockkeeping.Service, ids []string) error {
	products, err := db.Read().Catalog.Find(ctx, ids, nil, nil)
	if err != nil {
		return err
	}
	var skus []string
	for _, p := range products {
		for _, v := range p.Variants {
			skus = append(skus, v.SKU)
		}
	}
	return stock.WatchNew(ctx, skus)
}
