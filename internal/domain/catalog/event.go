package catalog

import (
	"tradewind/internal/domain/outbox"
)

// TopicProductChanged is the fact that a product was written; its aggregate is
// the product's id and its sequence the product's version.
const TopicProductChanged = "product.changed"

// ProductChanged is the payload of TopicProductChanged.
type ProductChanged struct {
	ProductID string `json:"product_id"`
	Version   int64  `json:"version"`
	Status    Status `json:"status"`
}

// EventChanged says that p was written.
func EventChanged(p Product) outbox.Event {
	return outbox.Event{Aggregate: p.ID, Seq: p.Version, Topic: TopicProductChanged, At: p.UpdatedAt,
		Payload: ProductChanged{ProductID: p.ID, Version: p.Version, Status: p.Status}}
}
