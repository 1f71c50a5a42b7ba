package catalog

import (
	"time"

	"tradewind/internal/domain/outbox"
)

// Facts about the catalogue. The aggregate is the noun's id and the sequence
// its version, but for TopicProductsAdded; the payload of TopicProductChanged is a ProductChanged.
const (
	TopicProductChanged  = "product.changed"
	TopicCategoryChanged = "category.changed"
	TopicProductsAdded   = "products.added" // by an import: one event for a batch
)

// ProductsAdded is the payload of TopicProductsAdded.
type ProductsAdded struct {
	ProductIDs []string `json:"product_ids"`
}

// EventAdded says that the products, which are new, were written together under
// the reference, an id that is used once.
func EventAdded(reference string, list []Product, at time.Time) outbox.Event {
	ids := make([]string, len(list))
	for i, p := range list {
		ids[i] = p.ID
	}
	return outbox.Event{Aggregate: reference, Seq: 1, Topic: TopicProductsAdded, Payload: ProductsAdded{ids}, At: at}
}

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
