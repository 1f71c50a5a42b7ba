package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/inventory"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/pricing"
	"tradewind/internal/domain/shipping"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/token"
)

// sale is an order of the past with everything that became of it. The audit
// entries are in order of time; the first one lacks the order's number.
type sale struct {
	order   order.Record
	payment payment.Record
	taken   []inventory.Taken
	back    []inventory.Movement // what came back and is on the shelf again
	papers  []order.Invoice
	entries []audit.Entry
}

// past tells what happened in a plan's time: order k is the same whenever it is
// told.
type past struct {
	plan  plan
	goods []*goods // by product, filled as they are wanted
}

// goodsKept is how many products are kept in memory; what sells less is made
// again each time.
const goodsKept = 20_000

// goods is what an order needs to know of a product.
type goods struct {
	title, class string
	weight       int64
	skus, names  []string
	eur, usd     []int64
}

func (p *past) product(i int) *goods {
	if i < len(p.goods) && p.goods[i] != nil {
		return p.goods[i]
	}
	r := record(i)
	g := &goods{title: r.Title, class: r.TaxClass}
	for _, v := range r.Variants {
		g.weight = v.WeightG
		g.skus, g.names = append(g.skus, v.SKU), append(g.names, v.Title)
		g.eur, g.usd = append(g.eur, v.Prices[0].Minor), append(g.usd, v.Prices[1].Minor)
	}
	if i < len(p.goods) {
		p.goods[i] = g
	}
	return g
}

func newPast(p plan) *past { return &past{plan: p, goods: make([]*goods, min(goodsKept, p.Products))} }

// shares are how often, of 100 orders, one goes to a country.
var shares = []struct {
	country string
	upTo    int
}{{"DE", 38}, {"FR", 55}, {"NL", 65}, {"AT", 72}, {"GB", 84}, {"US", 96}, {"CA", 100}}

// person is somebody who buys: k of a stream of the plan's numbers.
type person struct {
	id, name, email string
	at              time.Time
	home            order.Address
}

var (
	firstNames = []string{"Ada", "Ben", "Clara", "David", "Elif", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Liam", "Mira", "Noah", "Olga", "Paul", "Quin", "Rosa", "Sami", "Tess", "Uma", "Vito", "Wanda", "Yara"}
	lastNames  = []string{"Almond", "Birch", "Cedar", "Dune", "Elder", "Fern", "Grove", "Heath", "Ivy", "Juniper", "Kelp", "Larch", "Moss", "Nettle", "Oak", "Pine", "Reed", "Sage", "Thorn", "Willow"}
	streets    = []string{"Harbour Street", "Mill Lane", "Station Road", "Garden Way", "Church Square", "Bridge Street", "Orchard Road", "Market Place"}
	cities     = map[string][]string{"DE": {"Ulm", "Kiel", "Jena"}, "FR": {"Lille", "Brest", "Nantes"}, "NL": {"Delft", "Breda", "Zwolle"}, "AT": {"Linz", "Graz", "Wels"},
		"GB": {"Leeds", "Bath", "Truro"}, "US": {"Portland", "Austin", "Salem"}, "CA": {"Halifax", "Regina", "Guelph"}}
)

// customer is the k-th of the plan; guest is one without an account.
func (p *past) customer(k int) person {
	return p.person(rand.New(rand.NewPCG(p.plan.mark(), uint64(k)<<1)), fmt.Sprintf("c%d", k), p.plan.moment(k, p.plan.Customers))
}

func (p *past) person(rng *rand.Rand, mark string, at time.Time) person {
	first, last := firstNames[rng.IntN(len(firstNames))], lastNames[rng.IntN(len(lastNames))]
	draw, country := rng.IntN(100), ""
	for _, s := range shares {
		if draw < s.upTo {
			country = s.country
			break
		}
	}
	towns := cities[country]
	return person{id: ident.From(at, rng.Uint64(), rng.Uint64()), name: first + " " + last, at: at,
		email: strings.ToLower(fmt.Sprintf("%s.%s.%s-%d-%d@example.com", first, last, mark, p.plan.Seed, p.plan.No)),
		home: order.Address{Name: first + " " + last, Line1: fmt.Sprintf("%s %d", streets[rng.IntN(len(streets))], 1+rng.IntN(180)),
			City: towns[rng.IntN(len(towns))], Postcode: fmt.Sprintf("%05d", 10_000+rng.IntN(80_000)), Country: country}}
}

// account is the person as a customer, who cannot sign in: nobody knows the password.
func (c person) account(hash string) (user.Customer, user.Address) {
	h := c.home
	return user.Customer{ID: c.id, Email: c.email, Name: c.name, PasswordHash: hash, Status: user.Active, Group: "standard", Locale: "en", VerifiedAt: c.at.Add(time.Hour), CreatedAt: c.at, UpdatedAt: c.at},
		user.Address{ID: ident.From(c.at, 0, 1), CustomerID: c.id, Name: h.Name, Line1: h.Line1, City: h.City, Postcode: h.Postcode, Country: h.Country, DefaultShipping: true, DefaultBilling: true}
}

// tell makes order k of the plan.
func (p *past) tell(k int) (sale, error) {
	rng := rand.New(rand.NewPCG(p.plan.mark(), uint64(k)<<1|1))
	at := p.plan.moment(k, p.plan.Orders)
	var who person
	if known := p.plan.Customers * (k + 1) / p.plan.Orders; known > 0 && rng.IntN(10) < 7 {
		who = p.customer(rng.IntN(known))
	} else {
		who = p.person(rng, fmt.Sprintf("g%d", k), at)
		who.id = ""
	}
	quote, err := p.quote(rng, who)
	if err != nil {
		return sale{}, fmt.Errorf("price order %d: %w", k, err)
	}
	b := teller{rng: rng, at: at}
	b.place(who, quote, p.plan.Until)
	if err := b.becomes(p.plan.Until); err != nil {
		return sale{}, fmt.Errorf("tell order %d: %w", k, err)
	}
	return b.sale, nil
}

// lineCounts is how many lines, of 20 orders, one has.
var lineCounts = []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 5}

// quote fills a cart: few products sell often and many seldom (Zipf's law).
func (p *past) quote(rng *rand.Rand, who person) (pricing.Quote, error) {
	zone := zoneOf(who.home.Country)
	in := pricing.Input{Currency: "EUR", Zone: zone, Postcode: who.home.Postcode}
	if zone.Region == "us" || zone.Country == "CA" {
		in.Currency = "USD"
	}
	in.Rates = rates(zone.Country, in.Currency)
	zipf := rand.NewZipf(rng, 1.07, 12, uint64(p.plan.Products-1))
	taken := map[string]bool{}
	for range lineCounts[rng.IntN(len(lineCounts))] {
		g := p.product(int(zipf.Uint64()))
		v, qty := rng.IntN(len(g.skus)), int64(1)
		if rng.IntN(5) == 0 {
			qty += 1 + rng.Int64N(2)
		}
		if taken[g.skus[v]] {
			continue
		}
		taken[g.skus[v]] = true
		unit := g.eur[v]
		if in.Currency == "USD" {
			unit = g.usd[v]
		}
		title := g.title
		if g.names[v] != "" {
			title += ", " + g.names[v]
		}
		in.Lines = append(in.Lines, pricing.Line{SKU: g.skus[v], Title: title, TaxClass: g.class, WeightG: g.weight, Unit: money.Of(unit, in.Currency), Qty: qty})
	}
	return pricing.Of(in)
}

func zoneOf(country string) pricing.Zone {
	for _, z := range zones {
		if z.Country == country {
			return z
		}
	}
	return zones[0]
}

// rates are those that the demo shop has in every country.
func rates(country, currency string) []shipping.Rate {
	list := []shipping.Rate{
		{Method: "standard", Title: "Standard, 2 to 4 days", MaxWeightG: 2_000, Price: money.Of(490, currency), FreeFrom: 7_500},
		{Method: "standard", Title: "Standard, 2 to 4 days", MaxWeightG: 30_000, Price: money.Of(890, currency), FreeFrom: 15_000},
		{Method: "standard", Title: "Freight, 5 to 8 days", MaxWeightG: 500_000, Price: money.Of(4900, currency)},
		{Method: "express", Title: "Express, next day", MaxWeightG: 10_000, Price: money.Of(1490, currency)},
	}
	for i := range list {
		list[i].Country, list[i].Position = country, int64(i)
	}
	return list
}

// seedToken is what orders of the past are opened with: nobody has it.
func seedToken(rng *rand.Rand) []byte {
	return token.Hash(fmt.Sprintf("%x%x", rng.Uint64(), rng.Uint64()))
}
