package analysing

import (
	"context"
	"path"
	"strconv"
	"time"

	"tradewind/internal/domain/analytics"
	"tradewind/internal/domain/promotion"
	"tradewind/internal/store"
)

// dimension is what facts name: small, written anew as a whole.
type dimension struct {
	name    string
	columns []Column
	rows    func(ctx context.Context, s store.Stores, now time.Time, row func([]string) error) error
}

var dimensions = []dimension{
	{"product", []Column{text("sku"), text("product_id"), text("title"), text("brand_id"), text("category_id"), text("status")},
		func(ctx context.Context, s store.Stores, _ time.Time, row func([]string) error) error {
			return each(func(after analytics.Product) ([]analytics.Product, error) {
				return s.Analytics.Products(ctx, after.SKU, exportPage)
			}, row, func(p analytics.Product) []string {
				return []string{p.SKU, p.ProductID, p.Title, p.BrandID, p.CategoryID, p.Status}
			})
		}},
	{"promotion", []Column{text("promotion_id"), text("title"), text("kind"), moment("starts_at"), moment("ends_at")},
		func(ctx context.Context, s store.Stores, _ time.Time, row func([]string) error) error {
			return each(func(after promotion.Promotion) ([]promotion.Promotion, error) {
				return s.Promotions.Page(ctx, after.ID, exportPage)
			}, row, func(p promotion.Promotion) []string {
				return []string{p.ID, p.Title, string(p.Kind), sometime(p.StartsAt), sometime(p.EndsAt)}
			})
		}},
	{"location", []Column{text("location_id"), text("code"), text("name"), text("country")},
		func(ctx context.Context, s store.Stores, _ time.Time, row func([]string) error) error {
			list, err := s.Stock.Locations(ctx)
			if err != nil {
				return err
			}
			for _, l := range list {
				if err := row([]string{l.ID, l.Code, l.Name, l.Country}); err != nil {
					return err
				}
			}
			return nil
		}},
	{"date", []Column{integer("day"), text("date"), integer("year"), integer("quarter"), integer("month"), integer("iso_year"), integer("iso_week"), integer("weekday")},
		func(_ context.Context, _ store.Stores, now time.Time, row func([]string) error) error {
			for d := calendarFrom; d.Year() <= now.UTC().Year()+1; d = d.AddDate(0, 0, 1) {
				year, week := d.ISOWeek()
				weekday := (int64(d.Weekday()) + 6) % 7 // ISO 8601: Monday is 1
				err := row([]string{day(analytics.DayOf(d)), d.Format(time.DateOnly), number(int64(d.Year())), number(int64(d.Month()+2) / 3), number(int64(d.Month())),
					number(int64(year)), number(int64(week)), number(weekday + 1)})
				if err != nil {
					return err
				}
			}
			return nil
		}},
}

// calendarFrom is the first day of the dimension date, older than any order.
var calendarFrom = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func sometime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return at(t)
}

// dimension writes one.
func (x *Exporter) dimension(ctx context.Context, d dimension) error {
	m := Manifest{Schema: Schema, Table: d.name, File: "data.csv", Format: "csv", At: x.Now(), Columns: d.columns}
	return x.write(ctx, path.Join(x.Prefix, "v"+strconv.Itoa(Schema), d.name), &m, func(row func([]string) error) error {
		return d.rows(ctx, x.DB.Read(), x.Now(), row)
	})
}
