package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tradewind/internal/service/exchange"
)

func TestFilesGoOutAndComeIn(t *testing.T) {
	s := open(t)
	ada := s.staff(t, "*")
	out := s.ask(t, "GET", "/v1/admin/exports/stock?format=csv", "", ada...)
	if out.Code != http.StatusOK || out.Header().Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(out.Body.String(), "sku,location,on_hand,") ||
		!strings.Contains(out.Header().Get("Content-Disposition"), `"stock.csv"`) || out.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("= %d %v %.200s", out.Code, out.Header(), out.Body)
	}
	if head := s.ask(t, "HEAD", "/v1/admin/exports/stock?format=csv", "", ada...); head.Code != http.StatusOK || head.Body.Len() != 0 {
		t.Errorf("HEAD = %d with %d bytes", head.Code, head.Body.Len())
	}
	var v importView
	in := s.ask(t, "POST", "/v1/admin/imports?what=stock&format=csv", out.Body.String(), ada...)
	if err := json.Unmarshal(in.Body.Bytes(), &v); err != nil || in.Code != http.StatusCreated || v.Read == 0 || v.Unchanged != v.Read || v.State != "done" {
		t.Fatalf("the same file again = %d %s %v", in.Code, in.Body, err)
	}
	bad := s.ask(t, "POST", "/v1/admin/imports?what=prices&format=csv&dry_run=true", "sku,currency,price\nNOBODY,EUR,1\nMU01-ALMA-SAND,EUR,0.5x\nMU01-ALMA-SAND,EUR,0.50\n", ada...)
	if err := json.Unmarshal(bad.Body.Bytes(), &v); err != nil || v.Failed != 2 || v.Changed != 1 || !v.DryRun || v.Errors.Items[0].Line != 2 || v.Errors.Items[0].Field != "sku" || v.Errors.Items[1].Column != 20 {
		t.Fatalf("= %d %s %v", bad.Code, bad.Body, err)
	}
	if shown := s.ask(t, "GET", "/v1/products/almanac-mug", ""); strings.Contains(shown.Body.String(), `"minor":50,`) {
		t.Error("a dry run changed a price")
	}
	where := bad.Header().Get("Location")
	first := s.ask(t, "GET", where+"?limit=1", "", ada...)
	if err := json.Unmarshal(first.Body.Bytes(), &v); err != nil || len(v.Errors.Items) != 1 || v.Errors.Next == "" {
		t.Fatalf("= %d %s", first.Code, first.Body)
	}
	v = importView{}
	second := s.ask(t, "GET", where+"?limit=1&cursor="+v.next(first.Body.Bytes()), "", ada...)
	if err := json.Unmarshal(second.Body.Bytes(), &v); err != nil || len(v.Errors.Items) != 1 || v.Errors.Items[0].Line != 3 || v.Errors.Next != "" {
		t.Errorf("= %d %s", second.Code, second.Body)
	}
	if list := s.ask(t, "GET", "/v1/admin/imports?limit=1", "", ada...); list.Code != http.StatusOK || !strings.Contains(list.Body.String(), strings.TrimPrefix(where, importPath+"/")) {
		t.Errorf("the newest is not first: %d %s", list.Code, list.Body)
	}
}

// next is the cursor in an answer.
func (importView) next(body []byte) string {
	var v importView
	_ = json.Unmarshal(body, &v) // a test has looked at it
	return v.Errors.Next
}

func TestAFileThatCannotBeMeantIsRefused(t *testing.T) {
	s := open(t)
	ada := s.staff(t, "*")
	for name, tc := range map[string]struct {
		target, body string
		status       int
		code         string
	}{
		"no noun":          {"?format=csv", "x", 400, "unknown-noun"},
		"another noun":     {"?what=secrets", "x", 400, "bad-choice"},
		"another format":   {"?what=stock&format=xml", "x", 400, "bad-choice"},
		"shopify of stock": {"?what=stock&format=shopify", "x", 400, "unknown-format"},
		"no header":        {"?what=stock&format=csv", "", 400, "no-header"},
		"another column":   {"?what=stock&format=csv", "sku,quantity\n", 400, "unknown-column"},
		"too large":        {"?what=stock&format=csv", strings.Repeat("x", 1<<20+1), 413, "body-too-large"},
		"unknown":          {"?what=stock&color=red", "x", 400, "unknown-parameter"},
	} {
		w := s.ask(t, "POST", "/v1/admin/imports"+tc.target, tc.body, ada...)
		if w.Code != tc.status || !strings.Contains(w.Body.String(), `"`+tc.code+`"`) {
			t.Errorf("%s = %d %s", name, w.Code, w.Body)
		}
	}
	if w := s.ask(t, "GET", "/v1/admin/exports/secrets", "", ada...); w.Code != 400 || !strings.Contains(w.Body.String(), "products, prices, stock") {
		t.Errorf("= %d %s", w.Code, w.Body)
	}
	if w := s.ask(t, "GET", "/v1/admin/imports/01a2031a-6fb8-7703-9a33-9706f5f5cf21", "", ada...); w.Code != 404 {
		t.Errorf("= %d %s", w.Code, w.Body)
	}
}

// Every noun needs a permission beside that of files.
func TestEveryFileNeedsThePermissionOfWhatItHolds(t *testing.T) {
	s := open(t)
	for _, what := range exchange.What() {
		if got := s.ask(t, "GET", "/v1/admin/exports/"+what, "", s.staff(t, "exchange:read")...); codeIn(got) != "permission-missing" {
			t.Errorf("an export of %s = %d %.200s", what, got.Code, got.Body)
		}
		if got := s.ask(t, "POST", "/v1/admin/imports?what="+what, "x", s.staff(t, "exchange:write")...); codeIn(got) != "permission-missing" {
			t.Errorf("an import of %s = %d %.200s", what, got.Code, got.Body)
		}
	}
}

func TestAnExportHoldsNoSecret(t *testing.T) {
	s := open(t)
	s.staff(t, "*")
	id, _ := s.start(t, `{"sku":"MU01-ALMA-SAND","qty":1}`)
	for _, what := range []string{"customers", "orders"} {
		w := s.ask(t, "GET", "/v1/admin/exports/"+what, "", s.staff(t, "*")...)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "argon2") || strings.Contains(w.Body.String(), "token") || id == "" {
			t.Errorf("%s = %d %.300s", what, w.Code, w.Body)
		}
	}
}

// A file is no way around the permissions of what it holds, nor into somebody's account.
func TestAFileOpensNoDoor(t *testing.T) {
	s := open(t)
	customers := "id,email,name,password_hash\r\n00000000-0000-7000-8000-00000000fade,eve@example.com,Eve,$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA\r\n"
	for name, tc := range map[string]struct {
		permissions []string
		method      string
		target      string
		code        string
	}{
		"orders without their right":     {[]string{"exchange:read"}, "GET", "/v1/admin/exports/orders", "permission-missing"},
		"customers without their right":  {[]string{"exchange:read", "orders:read", "refunds:read"}, "GET", "/v1/admin/exports/customers", "permission-missing"},
		"an import without its right":    {[]string{"exchange:write", "catalog:write"}, "POST", "/v1/admin/imports?what=customers&format=csv", "permission-missing"},
		"products without that of stock": {[]string{"exchange:write", "catalog:write", "prices:write"}, "POST", "/v1/admin/imports?what=products&format=csv", "permission-missing"},
		"collections without theirs":     {[]string{"exchange:read", "prices:read"}, "GET", "/v1/admin/exports/collections", "permission-missing"},
		"texts without theirs":           {[]string{"exchange:write", "catalog:read"}, "POST", "/v1/admin/imports?what=texts&format=csv", "permission-missing"},
		"hashes of passwords":            {[]string{"exchange:write", "customers:write"}, "POST", "/v1/admin/imports?what=customers&format=csv", "unknown-column"},
	} {
		body := ""
		if tc.method == "POST" {
			body = customers
		}
		got := s.ask(t, tc.method, tc.target, body, append(s.staff(t, tc.permissions...), "Content-Type", "text/csv")...)
		if codeIn(got) != tc.code || strings.Contains(got.Body.String(), "argon2") {
			t.Errorf("%s = %d %s, want %s", name, got.Code, got.Body, tc.code)
		}
	}
}
