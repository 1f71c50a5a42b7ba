package crash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"tradewind/internal/service/account/accounttest"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// hire signs a clerk in before the shop opens, and returns the session.
func (p *place) hire() string {
	p.Helper()
	db, err := sqlstore.Open(p.Context(), sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(p.dir, "data", "tradewind.db"), PoolSize: 1}, migrations.FS, sqlstore.Options{})
	if err != nil {
		p.Fatal(err)
	}
	_, tok, err := accounttest.Staff(p.Context(), db, time.Now().UTC().Truncate(time.Microsecond), "*")
	if err := errors.Join(err, db.Close()); err != nil {
		p.Fatal(err)
	}
	return tok
}

// staffed is an order as a clerk sees it.
type staffed struct {
	view
	Lines []struct{ Line, Qty, Cancelled, Shipped, Returned int64 }
}

// see asks for the order and its version.
func (b *buyer) see(ctx context.Context, f *fact) (o staffed, tag string, err error) {
	a, err := b.ask(ctx, "GET", "/v1/admin/orders/"+f.ID, "", b.badge(""), "")
	if err == nil {
		err = a.into(&o)
	}
	return o, fmt.Sprintf(`"%d"`, versionOf(a)), err
}

func versionOf(a answer) (version int64) {
	_, _ = fmt.Sscanf(a.tag, `"%d"`, &version) // what has no tag is refused by the shop
	return version
}

func (b *buyer) badge(tag string) map[string]string {
	h := map[string]string{"Authorization": "Bearer " + b.staff}
	if tag != "" {
		h["If-Match"] = tag
	}
	return h
}

// serve is what a clerk does with an order that was paid: some of it is
// cancelled, the rest sent, some comes back, and now and then money goes with it.
func (b *buyer) serve(ctx context.Context, f *fact) error {
	steps := []func(context.Context, *fact) error{b.cancelUnits, b.sendParcel, b.sendParcel, b.takeBack, b.giveAway}
	for _, step := range steps {
		if b.rng.IntN(3) == 0 {
			continue
		}
		if err := step(ctx, f); err != nil {
			return fmt.Errorf("order %s: %w", f.ID, err)
		}
	}
	return nil
}

// post sends a clerk's request; a refusal that is due to the state of the order is no error.
func (b *buyer) post(ctx context.Context, f *fact, what, path, tag, body string) (ok bool, err error) {
	a, err := b.ask(ctx, "POST", "/v1/admin/orders/"+f.ID+path, b.key(), b.badge(tag), body)
	if err != nil {
		return false, err
	}
	if a.status >= 300 {
		if a.status == http.StatusConflict || a.status == http.StatusPreconditionFailed {
			b.count("clerk refused: " + a.code())
			return false, nil
		}
		return false, fmt.Errorf("%s: %v", what, a)
	}
	b.count(what)
	var o struct{ Status string }
	if err := a.into(&o); err != nil {
		return false, err
	}
	switch o.Status {
	case "paid", "shipped", "delivered", "cancelled":
		f.Status = o.Status
	}
	return true, nil
}

func (b *buyer) cancelUnits(ctx context.Context, f *fact) error {
	o, tag, err := b.see(ctx, f)
	if err != nil {
		return err
	}
	for _, l := range o.Lines {
		if left := l.Qty - l.Cancelled - l.Shipped; left > 0 {
			_, err := b.post(ctx, f, "units cancelled", "/cancel", tag, fmt.Sprintf(`{"lines":[{"line":%d,"qty":%d}],"reason":"broken"}`, l.Line, 1+b.rng.Int64N(left)))
			return err
		}
	}
	return nil
}

func (b *buyer) sendParcel(ctx context.Context, f *fact) error {
	o, tag, err := b.see(ctx, f)
	if err != nil {
		return err
	}
	body := `{"carrier":"Gull"}`
	if l := o.Lines[0]; b.rng.IntN(2) == 0 && l.Qty > l.Cancelled+l.Shipped {
		body = fmt.Sprintf(`{"carrier":"Gull","lines":[{"line":%d,"qty":1}]}`, l.Line)
	}
	_, err = b.post(ctx, f, "parcel sent", "/shipments", tag, body)
	return err
}

func (b *buyer) takeBack(ctx context.Context, f *fact) error {
	o, _, err := b.see(ctx, f)
	if err != nil {
		return err
	}
	for _, l := range o.Lines {
		if l.Shipped == l.Returned {
			continue
		}
		n := 1 + b.rng.Int64N(l.Shipped-l.Returned)
		a, err := b.ask(ctx, "POST", "/v1/admin/orders/"+f.ID+"/returns", b.key(), b.badge(""), fmt.Sprintf(`{"lines":[{"line":%d,"qty":%d}]}`, l.Line, n))
		if err != nil || a.status != http.StatusCreated {
			return errors.Join(fmt.Errorf("take a return down: %v", a), err)
		}
		var r struct{ ID string }
		if err := a.into(&r); err != nil {
			return err
		}
		path := "/returns/" + r.ID
		a, err = b.ask(ctx, "PUT", "/v1/admin/orders/"+f.ID+path, "", b.badge(""), `{"status":"approved"}`)
		if err != nil || a.status != http.StatusOK && a.code() != "return-already-approved" { // said before the shop was killed
			return errors.Join(fmt.Errorf("approve: %v", a), err)
		}
		_, err = b.post(ctx, f, "goods came back", path+"/received", "", fmt.Sprintf(`{"lines":[{"line":%d,"received":%d,"restocked":%d}]}`, l.Line, n, b.rng.Int64N(n+1)))
		return err
	}
	return nil
}

func (b *buyer) giveAway(ctx context.Context, f *fact) error {
	_, err := b.post(ctx, f, "money given away", "/refunds", "", fmt.Sprintf(`{"amount":{"minor":%d,"currency":"EUR"},"reason":"sorry"}`, 1+b.rng.Int64N(500)))
	return err
}
