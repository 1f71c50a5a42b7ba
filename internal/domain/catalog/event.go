package catalog

import (
	"time"

	"tradewind/internal/domain/outbox"
)

// Facts about the catalogue. The aggregate is the noun's id and the sequence
// its version; the payload of TopicProductChanged is a ProductChanged.
const (
	TopicProductChanged  = "product.changed"
	TopicCategoryChanged = "category.changed"
)

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

// EventCategoryChanged says that the category of that id and version was written.
func EventCategoryChanged(id string, version int64, at time.Time) outbox.Event {
	return outbox.Event{Aggregate: id, Seq: version, Topic: TopicCategoryChanged, At: at, Payload: struct {
		CategoryID string `json:"category_id"`
	}{id}}
}
