package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/adapter/fts"
	"tradewind/internal/adapter/memory"
	"tradewind/internal/adapter/objectfolder"
	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/demo"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/setting"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/ident"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/service/account/accounttest"
	"tradewind/internal/service/checkout"
	"tradewind/internal/service/exchange"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/service/illustrating"
	"tradewind/internal/service/merchandising"
	"tradewind/internal/service/oversight"
	"tradewind/internal/service/promoting"
	"tradewind/internal/service/recommending"
	"tradewind/internal/service/settings"
	"tradewind/internal/service/settlement"
	"tradewind/internal/service/shopping"
	"tradewind/internal/service/stockkeeping"
	"tradewind/internal/service/tariffs"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// noon is when everything in these tests happens.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// shop is the API on a real database with the demo catalogue. Ids are counted
// and tokens derived, so that they are the same in every run.
type shop struct {
	http.Handler
	api *API
}

func newShop(dir string) (*shop, error) {
	ctx := context.Background()
	c := sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(dir, "shop.db"), PoolSize: 4}
	now := func() time.Time { return noon }
	var ids atomic.Int64
	newID := func() string { return fmt.Sprintf("00000000-0000-7000-8000-%012x", ids.Add(1)) }
	m, err := sqlstore.OpenMigrator(ctx, c, migrations.FS, now)
	if err != nil {
		return nil, err
	}
	if _, err := m.Up(ctx); err != nil {
		return nil, err
	}
	if err := m.Close(); err != nil {
		return nil, err
	}
	db, err := sqlstore.Open(ctx, c, migrations.FS, sqlstore.Options{})
	if err != nil {
		return nil, err
	}
	if _, err := demo.Seed(ctx, db, demo.Options{Now: now, NewID: newID}); err != nil {
		return nil, err
	}
	if err := db.InTx(ctx, func(tx store.Stores) error { return stockTreasures(ctx, tx, newID()) }); err != nil {
		return nil, err
	}
	index, err := fts.Open(fts.Config{Path: filepath.Join(dir, "search.db"), PostingsMB: 4, Results: 0})
	if err != nil {
		return nil, err
	}
	if err := (&merchandising.Indexer{DB: db, Index: index}).Rebuild(ctx); err != nil {
		return nil, err
	}
	bank, err := sandboxpay.New(sandboxpay.Options{Key: "sk", WebhookSecret: "whsec", Now: now})
	if err != nil {
		return nil, err
	}
	provider := sandboxpay.NewClient(httptest.NewServer(bank).URL, "sk", "whsec", 5*time.Second)
	tokens, err := token.NewMaker([]byte("a secret of at least 32 characters"))
	if err != nil {
		return nil, err
	}
	s := &shop{}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	settle := &settlement.Service{DB: db, Provider: provider, Now: now, NewID: newID, Log: log}
	s.api = &API{Config: Config{Currency: "EUR", BodyLimit: 64 << 10, ImportLimit: 1 << 20, AccessLog: "off", URL: "http://shop.example", Within: 25 * time.Second}, DB: db, Index: index, Provider: provider, Log: log, Metrics: telemetry.NewHTTP(prometheus.NewRegistry()), Now: now, Shared: memory.New(now),
		Shopping:  &shopping.Service{DB: db, Config: shopping.Config{KeepFor: 24 * time.Hour}, Tokens: tokens, Now: now, NewID: newID},
		Checkout:  &checkout.Service{DB: db, Config: checkout.Config{HoldFor: time.Hour, GuestFor: 365 * 24 * time.Hour}, Tokens: tokens, Now: now, NewID: newID, NewIDAt: ident.At},
		Oversight: &oversight.Service{DB: db, Now: now},
		Exchange:  &exchange.Service{DB: db, Tokens: tokens, Now: now, NewID: newID},
		Recommend: &recommending.Service{DB: db, Now: now},
		Fulfil:    &fulfilment.Service{DB: db, Settle: settle, Config: fulfilment.Config{ReturnWithin: time.Hour}, Now: now, NewID: newID},
		Editor:    &merchandising.Editor{DB: db, Now: now, NewID: newID},
		Stock:     &stockkeeping.Service{DB: db, Now: now, NewID: newID},
		Promoting: &promoting.Service{DB: db, Now: now, NewID: newID},
		Tariffs:   &tariffs.Service{DB: db, Now: now, NewID: newID},
		Settings:  &settings.Service{DB: db, Now: now, Defaults: map[string]any{setting.ShopName: "Tradewind", setting.ReturnDays: int64(30)}},
		Settle:    settle, Demo: demo.Media()}
	files, err := objectfolder.Open(objectfolder.Config{Dir: filepath.Join(dir, "media")}, tokens, "", filmBytes)
	if err != nil {
		return nil, err
	}
	s.api.Files, s.api.Media = files, illustrating.New(files, db, illustrating.Config{ImageBytes: 64 << 10, FilmBytes: filmBytes, Pixels: 1_000_000, UploadFor: time.Hour, KeepOrphans: 24 * time.Hour}, now, newID)
	s.api.Accounts = account.New(db, account.Config{CustomerIdle: time.Hour, CustomerMost: 24 * time.Hour, StaffIdle: time.Hour, StaffMost: 24 * time.Hour, Hashers: 2}, tokens, Permissions(), now, newID).
		WithKDF(user.KDF{MemoryKiB: 8, Passes: 1, Lanes: 1})
	if err := account.PutRoles(ctx, db, account.StandardRoles(Permissions())); err != nil {
		return nil, err
	}
	s.Handler = s.api.Handler()
	return s, nil
}

// stockTreasures adds a product whose variants cost as much as an amount can hold.
func stockTreasures(ctx context.Context, tx store.Stores, id string) error {
	tree, err := tx.Catalog.Categories(ctx)
	if err != nil {
		return err
	}
	p := catalog.Product{ID: id, Slug: "treasure", Title: "Treasure", CategoryID: tree[0].ID, Status: catalog.Active, TaxClass: "standard", Version: 1, CreatedAt: noon, UpdatedAt: noon}
	for i := range 101 {
		p.Variants = append(p.Variants, catalog.Variant{SKU: fmt.Sprintf("GOLD-%d", i), WeightG: 999_999_999, Position: int64(i), Prices: []catalog.Price{{Amount: money.Of(money.Max, "EUR")}}})
	}
	if err := tx.Catalog.Put(ctx, p); err != nil {
		return err
	}
	for _, v := range p.Variants {
		if err := tx.Stock.SetOnHand(ctx, v.SKU, 999_999_999_999, "test", noon); err != nil {
			return err
		}
	}
	return nil
}

// standing is one shop for all tests that only ask for what they started themselves.
var standing = sync.OnceValues(func() (*shop, error) {
	dir, err := os.MkdirTemp("", "tradewind-httpapi")
	if err != nil {
		return nil, err
	}
	sharedDir = dir
	return newShop(dir)
})

var sharedDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if sharedDir != "" {
		os.RemoveAll(sharedDir)
	}
	os.Exit(code)
}

func open(t testing.TB) *shop {
	t.Helper()
	s, err := standing()
	if err != nil {
		t.Fatalf("open the shop: %v", err)
	}
	return s
}

// do sends a request and checks what every answer promises.
func (s *shop) do(t testing.TB, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	decent(t, r, w)
	return w
}

// ask makes a request with a JSON body and headers in pairs.
func (s *shop) ask(t testing.TB, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.do(t, r)
}

// staff signs in a member of staff with just those permissions and returns the
// header by which to ask as them, for ask.
func (s *shop) staff(t testing.TB, permissions ...string) []string {
	t.Helper()
	_, tok, err := accounttest.Staff(context.Background(), s.api.DB, noon, permissions...)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"Authorization", "Bearer " + tok}
}

// start starts a cart and returns its id and token.
func (s *shop) start(t testing.TB, items string) (id, tok string) {
	t.Helper()
	w := s.ask(t, "POST", "/v1/carts", `{"items":[`+items+`]}`)
	var c struct{ ID, Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &c); err != nil || w.Code != http.StatusCreated {
		t.Fatalf("start a cart with %s = %d %s", items, w.Code, w.Body)
	}
	return c.ID, c.Token
}

// The secrets of somebody else, of whom no answer may tell.
const victim = "victim@example.com"

var (
	driverWords = regexp.MustCompile(`(?i)\bsql|ORA-\d|sqlite|oraemu|fts5|goroutine \d|\.go:\d|panic|strconv|UNIQUE|constraint`)
	codeShape   = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
)

// decent checks what holds for every answer to anything: no failure of ours,
// problems as RFC 9457 has them, nothing about the inside or about others.
func decent(t testing.TB, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	bad := func(what string) {
		t.Errorf("%s: %s %.300s %v = %d %v\n%.600s", what, r.Method, r.URL.RequestURI(), r.Header, w.Code, w.Header(), w.Body)
	}
	switch {
	case w.Code >= 500:
		bad("a failure of ours")
	case bytes.Contains(w.Body.Bytes(), []byte(victim)):
		bad("somebody else's data")
	case w.Header().Get("X-Request-Id") == "" && !strings.HasPrefix(r.URL.Path, "/media/"):
		bad("no request id")
	}
	if w.Code < 400 || strings.HasPrefix(r.URL.Path, "/media/") {
		return
	}
	var p problem
	err := json.Unmarshal(w.Body.Bytes(), &p)
	switch {
	case w.Header().Get("Content-Type") != "application/problem+json" || err != nil:
		bad("not a problem document")
	case p.Status != w.Code || !codeShape.MatchString(p.Code) || p.Type != "/problems/"+p.Code || p.Title == "":
		bad("an odd problem document")
	case driverWords.MatchString(p.Detail) || driverWords.MatchString(fmt.Sprint(p.Fields)):
		bad("words from the inside")
	case w.Code == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "":
		bad("405 without Allow")
	}
}

func codeIn(w *httptest.ResponseRecorder) string {
	var p problem
	_ = json.Unmarshal(w.Body.Bytes(), &p) // not a problem: no code
	return p.Code
}
