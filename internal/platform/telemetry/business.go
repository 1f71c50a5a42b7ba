package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Business counts what the shop sells. Each process counts the events that it
// delivers itself; an event whose delivery is cut short is counted by whoever
// delivers it again.
type Business struct {
	Placed, Paid, Cancelled, Expired, Refunded prometheus.Counter
	revenue                                    *prometheus.CounterVec
}

// NewBusiness registers the metrics with reg.
func NewBusiness(reg prometheus.Registerer) *Business {
	orders := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tradewind_orders_total", Help: "Orders that this process was told of, by what became of them."}, []string{"became"})
	b := &Business{Placed: orders.WithLabelValues("placed"), Paid: orders.WithLabelValues("paid"), Cancelled: orders.WithLabelValues("cancelled"), Expired: orders.WithLabelValues("expired"),
		Refunded: prometheus.NewCounter(prometheus.CounterOpts{Name: "tradewind_refunds_total", Help: "Refunds that were made."}),
		revenue: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tradewind_revenue_minor_total",
			Help: "Totals of orders that were paid, in the smallest unit of their currency; refunds are not taken off."}, []string{"currency"})}
	reg.MustRegister(orders, b.Refunded, b.revenue)
	return b
}

// Earned counts the total of an order that was paid.
func (b *Business) Earned(currency string, minor int64) {
	b.revenue.WithLabelValues(currency).Add(float64(minor))
}
