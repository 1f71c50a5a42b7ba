package integration

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/app"
)

func fetch(t testing.TB, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestOperatorsSeeHealthAndMetrics(t *testing.T) {
	s := openShop(t, nil)
	o := s.placed(t, "MU01-ALMA-SAND")
	s.pays(t, o, "tok_ok", 200, "")
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := fetch(t, s.OpsURL+path); status != 200 {
			t.Errorf("%s = %d %s", path, status, body)
		}
	}
	_, text := fetch(t, s.OpsURL+"/metrics")
	for _, series := range []string{`route="/v1/checkout"`, `route="/v1/orders/{id}/payment"`, "tradewind_db_connections_open", "tradewind_db_transactions_total", "tradewind_db_pool_waits_total",
		"tradewind_outbox_pending", "tradewind_outbox_dead", "tradewind_outbox_oldest_seconds", `statement="orders.insert"`, "go_goroutines", "process_open_fds"} {
		if !strings.Contains(text, series) {
			t.Errorf("metrics have no %s", series)
		}
	}
	for _, private := range []string{o.ID, o.Token, "ada@example.com"} {
		if strings.Contains(text, private) {
			t.Errorf("metrics tell %s", private)
		}
	}
}

func TestPagesOutsideTheAPI(t *testing.T) {
	s := openShop(t, nil)
	if status, body := fetch(t, s.base+"/"); status != 200 || !strings.Contains(body, "/openapi.yaml") {
		t.Errorf("/ = %d %s", status, body)
	}
	if status, body := fetch(t, s.base+"/openapi.yaml"); status != 200 || !strings.HasPrefix(body, "openapi: 3.1") {
		t.Errorf("/openapi.yaml = %d %.80s", status, body)
	}
	var p struct{ Media []struct{ URL string } }
	s.ask(t, "GET", "/v1/products/almanac-mug", "").into(t, &p)
	if status, body := fetch(t, s.base+p.Media[0].URL); status != 200 || !strings.Contains(body, "<svg") {
		t.Errorf("%s = %d %.80s", p.Media[0].URL, status, body)
	}
}

func TestShutdownLetsARequestInFlightEndWell(t *testing.T) {
	s := openShop(t, nil)
	c := s.cart(t, "MU01-ALMA-SAND", 1)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := checkoutBody(c.ID)
	fmt.Fprintf(conn, "POST /v1/checkout HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nCart-Token: %s\r\nContent-Length: %d\r\n\r\n%s", c.Token, len(body), body[:20])
	eventually(t, "the request is in flight", func() bool {
		_, text := fetch(t, s.OpsURL+"/metrics")
		return strings.Contains(text, `in_flight{service="all"} 1`)
	})
	s.balance(t)
	closed := make(chan error, 1)
	go func() { closed <- s.stop() }()
	eventually(t, "new connections are refused", func() bool {
		other, err := net.DialTimeout("tcp", strings.TrimPrefix(s.base, "http://"), time.Second)
		if err == nil {
			other.Close()
		}
		return err != nil
	})
	if _, err := conn.Write([]byte(body[20:])); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 201")) {
		t.Errorf("the request in flight ended with %v: %.200s", err, answer)
	}
	if err := <-closed; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

func TestARestartKeepsCartsOrdersAndIndex(t *testing.T) {
	quick := func(c *app.Config) { c.Sandbox.Delay = 100 * time.Millisecond }
	first := openShop(t, quick)
	first.indexed(t)
	c := first.cart(t, "MU01-ALMA-RUST", 2)
	paid, open := first.placed(t, "MU01-ALMA-SAND"), first.placed(t, "MU01-ALMA-SAND")
	first.pays(t, paid, "tok_ok", 200, "")
	first.pays(t, open, "tok_delayed", 200, "")
	if err := first.stop(); err != nil {
		t.Fatalf("close: %v", err)
	}
	second := runShop(t, first.dir, quick)
	var again cartAnswer
	second.ask(t, "GET", "/v1/carts/"+c.ID, "", "Cart-Token", c.Token).into(t, &again)
	if len(again.Items) != 1 || again.Items[0].Qty != 2 {
		t.Errorf("after a restart the cart holds %+v", again.Items)
	}
	if got := second.look(t, paid).Status; got != "paid" {
		t.Errorf("after a restart the paid order is %s", got)
	}
	var found cardsAnswer
	second.ask(t, "GET", "/v1/search?q=mug", "").into(t, &found)
	if found.Total == 0 {
		t.Error("after a restart the index finds nothing, though it was built before")
	}
	second.becomes(t, open, "paid")
}

func TestAShopWithoutItsIndexBuildsItAgain(t *testing.T) {
	first := openShop(t, nil)
	first.indexed(t)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(first.dir, "search.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no index to lose: %v", err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	runShop(t, first.dir, nil).indexed(t)
}

func TestAShopThatCannotOpenSaysWhichSettingIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, change := range map[string]func(c *app.Config){
		"http.addr":         func(c *app.Config) { c.HTTPAddr = taken.Addr().String() },
		"ops.addr":          func(c *app.Config) { c.OpsAddr = taken.Addr().String() },
		"sandboxpay.addr":   func(c *app.Config) { c.Sandbox.Addr = taken.Addr().String() },
		"token.secret-file": func(c *app.Config) { c.TokenFile = t.TempDir() },
	} {
		c, _, err := app.Load("serve", flags(t.TempDir()), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		change(&c)
		if err := app.Run(context.Background(), c, io.Discard, nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("with %s wrong Run = %v; it should name the setting", name, err)
		}
	}
}
