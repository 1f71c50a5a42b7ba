package httpapi

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestASettingIsHeldAgainstItsDeclarationAndItsVersion(t *testing.T) {
	s, err := newShop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ada := s.staff(t, "settings:read", "settings:write")
	put := func(name, value, tag string) (string, string) {
		t.Helper()
		w := s.ask(t, "PUT", "/v1/admin/settings/"+name, `{"value":`+value+`}`, append([]string{"If-Match", tag}, ada...)...)
		return codeIn(w), w.Header().Get("ETag")
	}
	for name, values := range map[string][]string{
		"shop.name":          {`""`, `5`, `null`, `{}`, `"` + strings.Repeat("x", 121) + `"`, `"a\u0007b"`},
		"shop.support-email": {`"nobody"`, `"Ada <ada@example.com>"`, `"a@b.c\nBcc: x@y.z"`},
		"stock.low":          {`-1`, `1000000`, `"5"`, `null`, `[]`},
		"returns.days":       {`-1`, `3651`, `1.5`, `"7"`, `null`, `1e99`},
	} {
		for _, value := range values {
			if code, _ := put(name, value, `"1"`); code != "setting-invalid" {
				t.Errorf("%s = %s gives %q", name, value, code)
			}
		}
	}
	if code, _ := put("shop.owner", `"me"`, `"1"`); code != "setting-not-found" {
		t.Errorf("a setting that is none: %q", code)
	}
	if w := s.ask(t, "GET", "/v1/shop", ""); w.Body.String() != `{"name":"Tradewind","return_days":30}` {
		t.Errorf("before: %s", w.Body)
	}
	var won, told atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch w := s.ask(t, "PUT", "/v1/admin/settings/returns.days", `{"value":14}`, append([]string{"If-Match", `"1"`}, ada...)...); w.Code {
			case http.StatusOK:
				won.Add(1)
			case http.StatusPreconditionFailed:
				told.Add(1)
			default:
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || told.Load() != 7 {
		t.Errorf("%d won and %d were told", won.Load(), told.Load())
	}
	if code, tag := put("shop.name", `"Gull & Sons"`, `"1"`); code != "" || tag != `"2"` {
		t.Errorf("set: %q %s", code, tag)
	}
	if w := s.ask(t, "GET", "/v1/shop", ""); w.Body.String() != `{"name":"Gull \u0026 Sons","return_days":14}` {
		t.Errorf("after: %s", w.Body)
	}
}
