package sqlstore

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/platform/ident"
	"tradewind/internal/store"
)

// newStores is one view of the database through h. added becomes true when an
// event is added to the outbox.
func newStores(h handle, added *bool) store.Stores {
	return store.Stores{
		Catalog:     catalogs{h},
		Stock:       stocks{h},
		Taxes:       taxes{h},
		Shipping:    rates{h},
		Promotions:  promotions{h},
		Carts:       carts{h},
		Orders:      orders{h},
		AfterSales:  aftersales{h},
		Payments:    payments{h},
		Recommend:   recommendations{h},
		Outbox:      outboxes{h, added},
		Inbox:       inboxes{h},
		Idempotency: answers{h},
		Audit:       audits{h},
		Customers:   customers{h},
		Sessions:    sessions{h},
		Identities:  identities{h},
		Staff:       staffs{h},
		OneTime:     oneTimes{h},
		Guard:       guards{h},
		Settings:    settings{h},
		Imports:     imports{h},
		Facts:       facts{h},
		Jobs:        jobs{h},
		Letters:     letters{h},
		PickLists:   pickLists{h},
		Analytics:   stars{h},
	}
}

// bind names a value for a statement.
func bind(name string, value any) sql.NamedArg { return sql.Named(name, value) }

// newID returns a UUIDv7: ids made later sort later, so indexes grow at their end.
func newID() string { return ident.New() }

// null turns a zero into NULL.
func null(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// when reads a moment that may be NULL.
func when(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

// inList is one SQL text in several sizes of its IN list, since every text must
// be known beforehand. The text says IN (:list).
type inList struct {
	sizes []int
	texts []*Statement
}

func listStatement(name, text string) inList {
	l := inList{sizes: []int{1, 4, 16, 100}}
	for _, n := range l.sizes {
		names := make([]string, n)
		for i := range names {
			names[i] = ":list" + strconv.Itoa(i)
		}
		l.texts = append(l.texts, statement(name+"/"+strconv.Itoa(n), strings.ReplaceAll(text, ":list", strings.Join(names, ", "))))
	}
	return l
}

// each calls use with a statement and binds for every chunk of values. A list
// that is not full repeats its last value.
func (l inList) each(values []string, use func(st *Statement, list []sql.NamedArg) error) error {
	for len(values) > 0 {
		i := 0
		for i < len(l.sizes)-1 && l.sizes[i] < len(values) {
			i++
		}
		n := min(l.sizes[i], len(values))
		list := make([]sql.NamedArg, l.sizes[i], l.sizes[i]+4)
		for j := range list {
			list[j] = bind(listNames[j], values[min(j, n-1)])
		}
		if err := use(l.texts[i], list); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// collectIn is collect for every chunk of values.
func collectIn[T any](ctx context.Context, h handle, l inList, values []string, scan func(scanner) (T, error)) (all []T, err error) {
	err = l.each(values, func(st *Statement, list []sql.NamedArg) error {
		some, err := collect(ctx, h, st, scan, list...)
		all = append(all, some...)
		return err
	})
	return all, err
}

var listNames = func() (names [100]string) {
	for i := range names {
		names[i] = "list" + strconv.Itoa(i)
	}
	return names
}()
