package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/analytics"
)

// stars keeps an_line, an_payment, an_promotion_use, an_movement, an_event,
// an_product, an_part and an_mark.
type stars struct{ h handle }

const (
	lineColumns    = `order_id, line_no, day, placed_at, region, currency, status, buyer, sku, qty, cancelled, shipped, returned, unit_minor, discount_minor, tax_minor, total_minor`
	starPayColumns = `id, order_id, kind, cause, day, at_time, currency, minor, provider`
	useColumns     = `order_id, promotion_id, day, currency, minor`
	moveColumns    = `sku, id, day, moved_at, location_id, reason, on_hand_delta, incoming_delta`
	eventColumns   = `id, day, at_time, kind, product_id, visitor, results, units`
)

var (
	starLines      = statement("an_line.of_order", `SELECT `+lineColumns+` FROM an_line WHERE order_id = :order_id ORDER BY line_no`)
	starLineDelete = statement("an_line.delete", `DELETE FROM an_line WHERE order_id = :order_id`)
	starLineInsert = statement("an_line.insert", `INSERT INTO an_line (`+lineColumns+`) VALUES (:order_id, :line_no, :day, :placed_at, :region, :currency, :status, :buyer, :sku, :qty, :cancelled, :shipped, :returned,
		:unit_minor, :discount_minor, :tax_minor, :total_minor)`)
	starLinePage = statement("an_line.of_day", `SELECT `+lineColumns+` FROM an_line WHERE day = :day AND (order_id > :order_id OR (order_id = :order_id AND line_no > :line_no))
		ORDER BY order_id, line_no FETCH FIRST :n ROWS ONLY`)

	starPays      = statement("an_payment.of_order", `SELECT `+starPayColumns+` FROM an_payment WHERE order_id = :order_id ORDER BY id`)
	starPayDelete = statement("an_payment.delete", `DELETE FROM an_payment WHERE order_id = :order_id`)
	starPayInsert = statement("an_payment.insert", `INSERT INTO an_payment (`+starPayColumns+`) VALUES (:id, :order_id, :kind, :cause, :day, :at_time, :currency, :minor, :provider)`)
	starPayPage   = statement("an_payment.of_day", `SELECT `+starPayColumns+` FROM an_payment WHERE day = :day AND id > :after ORDER BY id FETCH FIRST :n ROWS ONLY`)

	starUses      = statement("an_promotion_use.of_order", `SELECT `+useColumns+` FROM an_promotion_use WHERE order_id = :order_id ORDER BY promotion_id`)
	starUseDelete = statement("an_promotion_use.delete", `DELETE FROM an_promotion_use WHERE order_id = :order_id`)
	starUseInsert = statement("an_promotion_use.insert", `INSERT INTO an_promotion_use (`+useColumns+`) VALUES (:order_id, :promotion_id, :day, :currency, :minor)`)
	starUsePage   = statement("an_promotion_use.of_day", `SELECT `+useColumns+` FROM an_promotion_use WHERE day = :day AND (order_id > :order_id OR (order_id = :order_id AND promotion_id > :promotion_id))
		ORDER BY order_id, promotion_id FETCH FIRST :n ROWS ONLY`)

	starMoveInsert = statement("an_movement.insert", `INSERT INTO an_movement (`+moveColumns+`) VALUES (:sku, :id, :day, :moved_at, :location_id, :reason, :on_hand_delta, :incoming_delta)`)
	starMoveNewest = statement("an_movement.newest", `SELECT id FROM an_movement WHERE sku = :sku AND id < :before_id ORDER BY id DESC FETCH FIRST :n ROWS ONLY`)
	starMovePage   = statement("an_movement.of_day", `SELECT `+moveColumns+` FROM an_movement WHERE day = :day AND (sku > :sku OR (sku = :sku AND id > :id))
		ORDER BY sku, id FETCH FIRST :n ROWS ONLY`)

	starEventInsert = statement("an_event.insert", `INSERT INTO an_event (`+eventColumns+`) VALUES (:id, :day, :at_time, :kind, :product_id, :visitor, :results, :units)`)
	starEventPage   = statement("an_event.of_day", `SELECT `+eventColumns+` FROM an_event WHERE day = :day AND id > :after ORDER BY id FETCH FIRST :n ROWS ONLY`)

	starProductUpdate = statement("an_product.update", `UPDATE an_product SET product_id = :product_id, title = :title, brand_id = :brand_id, category_id = :category_id, status = :status WHERE sku = :sku`)
	starProductInsert = statement("an_product.insert", `INSERT INTO an_product (sku, product_id, title, brand_id, category_id, status) VALUES (:sku, :product_id, :title, :brand_id, :category_id, :status)`)
	starProductPage   = statement("an_product.page", `SELECT sku, product_id, title, brand_id, category_id, status FROM an_product WHERE sku > :after ORDER BY sku FETCH FIRST :n ROWS ONLY`)

	partTouch    = statement("an_part.touch", `UPDATE an_part SET version = version + 1 WHERE part = :part AND day = :day`)
	partInsert   = statement("an_part.insert", `INSERT INTO an_part (part, day, version) VALUES (:part, :day, 1)`)
	partDue      = statement("an_part.due", `SELECT part, day, version FROM an_part WHERE CASE WHEN version <> exported THEN part END >= :first ORDER BY CASE WHEN version <> exported THEN part END, day FETCH FIRST :n ROWS ONLY`)
	partAllDue   = statement("an_part.all_due", `UPDATE an_part SET exported = 0 WHERE exported > 0`)
	partExported = statement("an_part.exported", `UPDATE an_part SET exported = :version WHERE part = :part AND day = :day`)

	starMarkGet    = statement("an_mark.get", `SELECT place, at_time FROM an_mark WHERE name = :name`)
	starMarkUpdate = statement("an_mark.update", `UPDATE an_mark SET place = :place, at_time = :at_time WHERE name = :name`)
	starMarkInsert = statement("an_mark.insert", `INSERT INTO an_mark (name, place, at_time) VALUES (:name, :place, :at_time)`)

	starSold = statement("an_line.figures", `SELECT day, currency, COUNT(DISTINCT order_id) AS orders, COUNT(DISTINCT buyer) AS buyers, SUM(qty - cancelled) AS units, SUM(total_minor) AS gross_minor,
		SUM(discount_minor) AS discount_minor, SUM(tax_minor) AS tax_minor FROM an_line WHERE day >= :first AND day <= :last AND status IN ('paid', 'shipped', 'delivered') GROUP BY day, currency`)
	starMoney = statement("an_payment.figures", `SELECT day, currency, kind, SUM(minor) AS minor FROM an_payment WHERE day >= :first AND day <= :last GROUP BY day, currency, kind`)
)

// upsert updates a row or adds it; whoever adds it at the same time comes first.
func (s stars) upsert(ctx context.Context, update, insert *Statement, updateArgs, insertArgs []named) error {
	for _, try := range []struct {
		st   *Statement
		args []named
	}{{update, updateArgs}, {insert, insertArgs}, {update, updateArgs}} {
		n, err := s.h.exec(ctx, try.st, try.args...)
		if err != nil && codeOf(err) != codeUnique || n > 0 {
			return err
		}
	}
	return nil
}

// touched notes which days of which tables have changed.
type touched map[string][]analytics.Day

func (t touched) add(part string, day analytics.Day) {
	if !slices.Contains(t[part], day) {
		t[part] = append(t[part], day)
	}
}

func (s stars) touch(ctx context.Context, t touched) error {
	for _, part := range analytics.Parts { // in one order, so that two who do it wait and do not lock each other out
		days := t[part]
		slices.Sort(days)
		for _, d := range days {
			args := []named{bind("part", part), bind("day", int64(d))}
			if err := s.upsert(ctx, partTouch, partInsert, args, args); err != nil {
				return fail(err, "note that %s of %d has changed", part, d)
			}
		}
	}
	return nil
}

func (s stars) PutSale(ctx context.Context, x analytics.Sale) error {
	t := touched{}
	id := bind("order_id", x.OrderID)
	lines, err := collect(ctx, s.h, starLines, scanLine, id)
	if err == nil && !slices.Equal(lines, x.Lines) {
		for _, l := range slices.Concat(lines, x.Lines) {
			t.add(analytics.Lines, l.Day)
		}
		if _, err = s.h.exec(ctx, starLineDelete, id); err == nil {
			err = s.insertLines(ctx, x.Lines)
		}
	}
	if err != nil {
		return fail(err, "put the lines of %s", x.OrderID)
	}
	pays, err := collect(ctx, s.h, starPays, scanStarPay, id)
	want := slices.SortedFunc(slices.Values(x.Payments), func(a, b analytics.Payment) int { return compare(a.ID, b.ID) })
	if err == nil && !slices.Equal(pays, want) {
		for _, p := range slices.Concat(pays, want) {
			t.add(analytics.Payments, p.Day)
		}
		if _, err = s.h.exec(ctx, starPayDelete, id); err == nil {
			err = s.insertPays(ctx, want)
		}
	}
	if err != nil {
		return fail(err, "put the payments of %s", x.OrderID)
	}
	uses, err := collect(ctx, s.h, starUses, scanUse, id)
	wanted := slices.SortedFunc(slices.Values(x.Uses), func(a, b analytics.PromotionUse) int { return compare(a.PromotionID, b.PromotionID) })
	if err == nil && !slices.Equal(uses, wanted) {
		for _, u := range slices.Concat(uses, wanted) {
			t.add(analytics.PromotionUses, u.Day)
		}
		if _, err = s.h.exec(ctx, starUseDelete, id); err == nil {
			err = s.insertUses(ctx, wanted)
		}
	}
	if err != nil {
		return fail(err, "put the promotions of %s", x.OrderID)
	}
	return s.touch(ctx, t)
}

func (s stars) insertLines(ctx context.Context, list []analytics.Line) error {
	for _, l := range list {
		if _, err := s.h.exec(ctx, starLineInsert, bind("order_id", l.OrderID), bind("line_no", l.No), bind("day", int64(l.Day)), bind("placed_at", l.PlacedAt), bind("region", l.Region),
			bind("currency", l.Currency), bind("status", l.Status), bind("buyer", l.Buyer), bind("sku", l.SKU), bind("qty", l.Qty), bind("cancelled", l.Cancelled), bind("shipped", l.Shipped),
			bind("returned", l.Returned), bind("unit_minor", l.Unit), bind("discount_minor", l.Discount), bind("tax_minor", l.Tax), bind("total_minor", l.Total)); err != nil {
			return err
		}
	}
	return nil
}

func (s stars) insertPays(ctx context.Context, list []analytics.Payment) error {
	for _, p := range list {
		if _, err := s.h.exec(ctx, starPayInsert, bind("id", p.ID), bind("order_id", p.OrderID), bind("kind", p.Kind), bind("cause", p.Cause), bind("day", int64(p.Day)), bind("at_time", p.At),
			bind("currency", p.Amount.Currency), bind("minor", p.Amount.Minor), bind("provider", p.Provider)); err != nil {
			return err
		}
	}
	return nil
}

func (s stars) insertUses(ctx context.Context, list []analytics.PromotionUse) error {
	for _, u := range list {
		if _, err := s.h.exec(ctx, starUseInsert, bind("order_id", u.OrderID), bind("promotion_id", u.PromotionID), bind("day", int64(u.Day)),
			bind("currency", u.Amount.Currency), bind("minor", u.Amount.Minor)); err != nil {
			return err
		}
	}
	return nil
}

func (s stars) PutMovements(ctx context.Context, list []analytics.Movement) error {
	t := touched{}
	for _, m := range list {
		_, err := s.h.exec(ctx, starMoveInsert, bind("sku", m.SKU), bind("id", m.ID), bind("day", int64(m.Day)), bind("moved_at", m.MovedAt), bind("location_id", m.LocationID),
			bind("reason", m.Reason), bind("on_hand_delta", m.OnHand), bind("incoming_delta", m.Incoming))
		if codeOf(err) == codeUnique {
			continue // it is there
		}
		if err != nil {
			return fail(err, "put movement %s of %s", m.ID, m.SKU)
		}
		t.add(analytics.Movements, m.Day)
	}
	return s.touch(ctx, t)
}

func (s stars) PutEvents(ctx context.Context, list []analytics.Event) error {
	t := touched{}
	for _, e := range list {
		_, err := s.h.exec(ctx, starEventInsert, bind("id", e.ID), bind("day", int64(e.Day)), bind("at_time", e.At), bind("kind", e.Kind), bind("product_id", e.ProductID),
			bind("visitor", e.Visitor), bind("results", e.Results), bind("units", e.Units))
		if codeOf(err) == codeUnique {
			continue
		}
		if err != nil {
			return fail(err, "put event %s", e.ID)
		}
		t.add(analytics.Events, e.Day)
	}
	return s.touch(ctx, t)
}

func (s stars) PutProducts(ctx context.Context, list []analytics.Product) error {
	for _, p := range list {
		args := []named{bind("sku", p.SKU), bind("product_id", p.ProductID), bind("title", p.Title), bind("brand_id", p.BrandID), bind("category_id", p.CategoryID), bind("status", p.Status)}
		if err := s.upsert(ctx, starProductUpdate, starProductInsert, args, args); err != nil {
			return fail(err, "put product %s", p.SKU)
		}
	}
	return nil
}

func (s stars) NewestMovements(ctx context.Context, sku, before string, n int) ([]string, error) {
	ids, err := collect(ctx, s.h, starMoveNewest, func(r scanner) (id string, err error) { return id, r.Scan(&id) },
		bind("sku", sku), bind("before_id", cmp.Or(before, "g")), bind("n", n)) // no id begins with g
	return ids, fail(err, "select the newest movements of %s", sku)
}

func (s stars) Mark(ctx context.Context, name string) (analytics.Mark, error) {
	list, err := collect(ctx, s.h, starMarkGet, func(r scanner) (m analytics.Mark, err error) {
		err = r.Scan(&m.Place, &m.At)
		m.At = m.At.UTC()
		return m, err
	}, bind("name", name))
	if err != nil || len(list) == 0 {
		return analytics.Mark{}, fail(err, "select the mark %s", name)
	}
	return list[0], nil
}

func (s stars) SetMark(ctx context.Context, name string, m analytics.Mark) error {
	args := []named{bind("name", name), bind("place", m.Place), bind("at_time", m.At)}
	return fail(s.upsert(ctx, starMarkUpdate, starMarkInsert, args, args), "set the mark %s", name)
}

func (s stars) Due(ctx context.Context, n int) ([]analytics.Due, error) {
	list, err := collect(ctx, s.h, partDue, func(r scanner) (d analytics.Due, err error) { return d, r.Scan(&d.Part, &d.Day, &d.Version) }, bind("first", " "), bind("n", n))
	return list, fail(err, "select days to export")
}

func (s stars) AllDue(ctx context.Context) error {
	_, err := s.h.exec(ctx, partAllDue)
	return fail(err, "let every day be due")
}

func (s stars) Exported(ctx context.Context, d analytics.Due) error {
	_, err := s.h.exec(ctx, partExported, bind("part", d.Part), bind("day", int64(d.Day)), bind("version", d.Version))
	return fail(err, "note that %s of %d is exported", d.Part, d.Day)
}

func (s stars) Figures(ctx context.Context, from, to analytics.Day) ([]analytics.Figure, error) {
	first, last := bind("first", int64(from)), bind("last", int64(to))
	type of struct {
		day      analytics.Day
		currency string
	}
	all := map[of]*analytics.Figure{}
	at := func(day analytics.Day, currency string) *analytics.Figure {
		k := of{day, currency}
		if all[k] == nil {
			all[k] = &analytics.Figure{Day: day, Currency: currency}
		}
		return all[k]
	}
	_, err := collect(ctx, s.h, starSold, func(r scanner) (none struct{}, err error) {
		var f analytics.Figure
		err = r.Scan(&f.Day, &f.Currency, &f.Orders, &f.Buyers, &f.Units, &f.Gross, &f.Discount, &f.Tax)
		*at(f.Day, f.Currency) = f
		return none, err
	}, first, last)
	if err != nil {
		return nil, fail(err, "add up sales")
	}
	_, err = collect(ctx, s.h, starMoney, func(r scanner) (none struct{}, err error) {
		var day analytics.Day
		var currency, kind string
		var minor int64
		err = r.Scan(&day, &currency, &kind, &minor)
		if f := at(day, currency); kind == "captured" {
			f.Captured = minor
		} else {
			f.Refunded = minor
		}
		return none, err
	}, first, last)
	if err != nil {
		return nil, fail(err, "add up money")
	}
	list := make([]analytics.Figure, 0, len(all))
	for _, f := range all {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b analytics.Figure) int {
		if a.Day != b.Day {
			return int(a.Day - b.Day)
		}
		return compare(a.Currency, b.Currency)
	})
	return list, nil
}

// utc is a moment as it was put.
func utc(t *time.Time) { *t = t.UTC() }
