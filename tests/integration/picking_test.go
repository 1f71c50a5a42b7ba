package integration

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tradewind/internal/app"
	"tradewind/internal/domain/picking"
	"tradewind/internal/service/fulfilment"
)

// picked pays an order and puts its pick list into real, and a packed one of
// another order.
func (s *shop) picked(t testing.TB, o orderAnswer, real map[string]string) {
	t.Helper()
	warehouse := &fulfilment.Service{DB: s.db, Now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }}
	of := func(o orderAnswer) picking.List {
		if a := s.payment(t, o, "tok_ok"); a.status != 200 {
			t.Fatalf("payment: %d %s", a.status, a.body)
		}
		if err := warehouse.Allocate(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		lists, err := s.db.Read().PickLists.OfOrder(t.Context(), o.ID)
		if err != nil || len(lists) != 1 {
			t.Fatalf("lists: %v, %v", lists, err)
		}
		return lists[0]
	}
	real["order"], real["pick-list"] = o.ID, of(o).ID
	l, err := warehouse.Pack(t.Context(), fulfilment.Step{ListID: of(s.placed(t, "MU01-ALMA-SAND")).ID, Actor: "test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	real["packed-list"] = l.ID
}

// dock is a member of staff at the pick lists.
type dock struct {
	s     *shop
	token string
}

func (d dock) does(t *testing.T, want int, method, path, body string, headers ...string) answer {
	t.Helper()
	got := d.s.ask(t, method, path, body, append(headers, "Authorization", "Bearer "+d.token)...)
	if got.status != want {
		t.Fatalf("%s %s %s = %d %s, want %d", method, path, body, got.status, got.body, want)
	}
	return got
}

// What is paid comes to the warehouse by the queue; staff fetch, pack and send it.
func TestAPaidOrderIsPickedPackedAndHandedOver(t *testing.T) {
	s := openShop(t, nil)
	d := dock{s, s.people(t, "staff", map[string]string{})}
	o := s.order(t, s.cart(t, "MU01-ALMA-SAND", 3))
	s.pays(t, o, "tok_ok", 200, "")
	var page struct {
		Items []struct {
			ID, State string
			Units     int64
		}
	}
	eventually(t, "the order is on a pick list", func() bool {
		d.does(t, 200, "GET", "/v1/admin/pick-lists?location=main", "").into(t, &page)
		return len(page.Items) == 1 && page.Items[0].Units == 3
	})
	list := "/v1/admin/pick-lists/" + page.Items[0].ID
	if a := d.does(t, 200, "GET", list, ""); !strings.Contains(string(a.body), "Almanac mug") || a.header.Get("ETag") != `"1"` {
		t.Errorf("the list is %s with the tag %s", a.body, a.header.Get("ETag"))
	}
	d.does(t, 200, "POST", list+"/start", "", "If-Match", `"1"`)
	if a := d.does(t, 412, "POST", list+"/packed", `{}`, "If-Match", `"1"`); a.code() != "changed-meanwhile" {
		t.Errorf("who has not seen that it was begun: %s", a.body)
	}
	first := d.does(t, 200, "POST", list+"/packed", `{"lines":[{"line":1,"qty":2}]}`, "If-Match", `"2"`, "Idempotency-Key", "packed-once")
	again := d.does(t, 200, "POST", list+"/packed", `{"lines":[{"line":1,"qty":2}]}`, "If-Match", `"2"`, "Idempotency-Key", "packed-once")
	if string(first.body) != string(again.body) {
		t.Errorf("asked again: %s, first %s", again.body, first.body)
	}
	d.does(t, 200, "POST", list+"/shipped", `{"carrier":"Gull Post","tracking":"GP1"}`, "If-Match", `"3"`)
	s.becomes(t, o, "paid")
	d.does(t, 200, "GET", "/v1/admin/pick-lists", "").into(t, &page)
	if len(page.Items) != 1 || page.Items[0].Units != 1 {
		t.Fatalf("left to fetch: %+v", page.Items)
	}
	rest := "/v1/admin/pick-lists/" + page.Items[0].ID
	d.does(t, 200, "POST", rest+"/packed", `{}`, "If-Match", `"1"`)
	d.does(t, 200, "POST", rest+"/shipped", `{"carrier":"Gull Post"}`, "If-Match", `"2"`)
	s.becomes(t, o, "shipped")
}

func TestAWarehouseThatReportsByOtherMeansShipsByItself(t *testing.T) {
	s := openShop(t, func(c *app.Config) { c.Returns.Automatic, c.Returns.Carrier = true, "robot" })
	o := s.placed(t, "MU01-ALMA-SAND")
	s.pays(t, o, "tok_ok", 200, "")
	eventually(t, "the order is shipped", func() bool { return s.look(t, o).Status == "shipped" })
}
