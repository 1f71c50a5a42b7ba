// Package publishing tells the stream of facts what happened in the shop: what
// transactions wrote into the outbox, all of it, and what visitors do, as far as
// there is room.
package publishing

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/stream"
	"tradewind/internal/service/settlement"
)

// Publisher appends facts to a log.
type Publisher struct {
	Log    stream.Log
	Source string // the shop's address

	Appended atomic.Int64 // facts
}

// Publish appends the facts, in order for each subject. After an error some of
// them may be there; told again they have the same ids.
func (p *Publisher) Publish(ctx context.Context, facts []fact.Fact) error {
	batch := make([]stream.Message, len(facts))
	for i, f := range facts {
		m, err := f.Message(p.Source)
		if err != nil {
			return err
		}
		batch[i] = m
	}
	if err := p.Log.Append(ctx, batch); err != nil {
		return err
	}
	p.Appended.Add(int64(len(batch)))
	return nil
}

// orderTypes are the facts that the topics of orders become.
var orderTypes = map[string]string{order.TopicPlaced: fact.OrderPlaced, order.TopicPaid: fact.OrderPaid, order.TopicCancelled: fact.OrderCancelled, order.TopicExpired: fact.OrderExpired,
	order.TopicShipped: fact.OrderShipped, order.TopicDelivered: fact.OrderDelivered, order.TopicChanged: fact.OrderChanged}

var refundTypes = map[string]string{settlement.TopicRefundDue: fact.RefundDue, settlement.TopicRefundDone: fact.RefundDone, settlement.TopicRefundFailed: fact.RefundFailed}

var stockTypes = map[string]string{inventory.TopicChanged: fact.StockChanged, inventory.TopicLow: fact.StockLow}

// Topics are the topics of the outbox that are told.
func Topics() (topics []string) {
	for _, types := range []map[string]string{orderTypes, refundTypes, stockTypes} {
		for topic := range types {
			topics = append(topics, topic)
		}
	}
	return append(topics, catalog.TopicProductChanged, catalog.TopicProductsAdded, catalog.TopicCategoryChanged)
}

// Facts are what a message of the outbox tells. Only fields that a schema names
// go out, whatever else the message has. The id is the message's, so that readers
// know a fact that comes twice.
func Facts(m outbox.Message) ([]fact.Fact, error) {
	f := fact.Fact{ID: m.ID, Subject: m.Aggregate, At: m.CreatedAt, Trace: m.Trace}
	switch {
	case orderTypes[m.Topic] != "":
		return ofOrder(m, f)
	case refundTypes[m.Topic] != "":
		f.Type = refundTypes[m.Topic]
		return told[fact.Refund](m, f)
	case stockTypes[m.Topic] != "":
		f.Type = stockTypes[m.Topic]
		return told[fact.Stock](m, f)
	case m.Topic == catalog.TopicProductChanged:
		f.Type = fact.ProductChanged
		return told[fact.Product](m, f)
	case m.Topic == catalog.TopicCategoryChanged:
		f.Type = fact.CategoryChanged
		return told[fact.Category](m, f)
	case m.Topic == catalog.TopicProductsAdded:
		return ofAdded(m, f)
	}
	return nil, nil
}

// told is the message's payload, as far as D has room for it.
func told[D any](m outbox.Message, f fact.Fact) ([]fact.Fact, error) {
	data, err := payload[D](m)
	f.Data = data
	return []fact.Fact{f}, err
}

func payload[D any](m outbox.Message) (data D, err error) {
	if err = json.Unmarshal(m.Payload, &data); err != nil {
		return data, fmt.Errorf("read %s: %w", m.Topic, err)
	}
	return data, nil
}

// ofOrder tells of an order, and when it was paid of the money too.
func ofOrder(m outbox.Message, f fact.Fact) ([]fact.Fact, error) {
	data, err := payload[fact.Order](m)
	f.Type, f.Data = orderTypes[m.Topic], data
	facts := []fact.Fact{f}
	if m.Topic == order.TopicPaid {
		f.ID, f.Type, f.Data = m.ID+"-payment", fact.PaymentCaptured, fact.Payment{OrderID: data.OrderID, Amount: data.Total}
		facts = append(facts, f)
	}
	return facts, err
}

// ofAdded tells of each product that came with an import.
func ofAdded(m outbox.Message, f fact.Fact) (facts []fact.Fact, err error) {
	added, err := payload[catalog.ProductsAdded](m)
	f.Type = fact.ProductAdded
	for i, id := range added.ProductIDs {
		f.ID, f.Subject, f.Data = m.ID+"-"+strconv.Itoa(i), id, fact.Product{ProductID: id}
		facts = append(facts, f)
	}
	return facts, err
}
