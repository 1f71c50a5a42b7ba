package crash

import "testing"

func TestKilledSeedGoesOnWhereItWas(t *testing.T) {
	const orders, customers = 4100, 2100
	rng, p := chance(t), newPlace(t)
	straight := newPlace(t)
	args := []string{"seed", "-products", "800", "-orders", "4100", "-customers", "2100"}
	whole := straight.timed(args...)
	ended := p.killed(rng, whole, args...)
	p.must(args...)
	b := p.books()
	if n, c, products := b.number(`SELECT COUNT(*) FROM orders`), b.number(`SELECT COUNT(*) FROM customer`), b.number(`SELECT COUNT(*) FROM product`); n != orders || c != customers || products != 800 {
		t.Errorf("after kills there are %d orders, %d customers and %d products", n, c, products)
	}
	if n := b.number(`SELECT COUNT(*) FROM outbox WHERE topic LIKE 'order.%'`); n != 0 {
		t.Errorf("%d events of orders of the past are told", n)
	}
	p.verified()
	t.Logf("%d of %d runs were killed; a whole one took %v", lives-ended, lives, whole)
}
