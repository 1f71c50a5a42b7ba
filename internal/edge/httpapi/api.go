package httpapi

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"

	contract "tradewind/api"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/payment"
	"tradewind/internal/domain/search"
	"tradewind/internal/domain/shared"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/service/account"
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
)

// Config sets how the API answers. Flags fills in the defaults.
type Config struct {
	Currency    string
	Language    string // of the texts in the catalogue
	Languages   string // others that it has been translated into, separated by commas
	CacheFor    time.Duration
	CacheBytes  int64
	BodyLimit   int64
	ImportLimit int64 // of a file that staff import
	AccessLog   string

	LimitBrowsing, LimitCheckout int           // requests a minute of a client; 0 is no limit
	InFlight                     int           // requests at the same time; 0 is no limit
	Within                       time.Duration // an answer is made, files apart

	URL            string // where people reach the shop
	TrustedProxies string
	StaffPage      string // where staff go on after a sign-in at their provider
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Currency, "shop.currency", "EUR", "currency of prices when a request names none (ISO 4217)")
	fs.StringVar(&c.Language, "shop.language", "en", "language that the texts of the catalogue are in (such as en or en-GB)")
	fs.StringVar(&c.Languages, "shop.languages", "", "languages that the catalogue is translated into, separated by commas (such as de,de-AT)")
	fs.DurationVar(&c.CacheFor, "http.cache-for", 10*time.Second, "how long an answer about the catalogue may be repeated; 0 turns the cache off")
	fs.Int64Var(&c.CacheBytes, "http.cache-bytes", 24<<20, "how much memory remembered answers may take, in bytes")
	fs.Int64Var(&c.BodyLimit, "http.body-limit", 64<<10, "largest request body, in bytes")
	fs.Int64Var(&c.ImportLimit, "http.import-limit", 64<<20, "largest file that staff may import through the API, in bytes; the command has no limit")
	fs.StringVar(&c.AccessLog, "log.access", "errors", "which requests are logged: all, errors (status 500 and above) or off")
	fs.IntVar(&c.LimitBrowsing, "http.limit-browsing", 0, "requests a minute that one client address may make to what everybody may see; 0 for no limit")
	fs.IntVar(&c.LimitCheckout, "http.limit-checkout", 0, "the same for carts, checkout, orders and accounts; 0 for no limit")
	fs.IntVar(&c.InFlight, "http.in-flight", 512, "requests answered at the same time; when 60 % of that is taken browsing is turned away, at 75 % staff, at 90 % carts, at last checkout; 0 for no limit")
	fs.DurationVar(&c.Within, "http.within", 25*time.Second, "how long making an answer may take, files apart; whatever is asked meanwhile, of the database or others, gets what is left of it")
	fs.StringVar(&c.URL, "shop.url", "http://localhost:8080", "where people reach the shop; links in mails begin with it, and https makes cookies secure")
	fs.StringVar(&c.TrustedProxies, "http.trusted-proxies", "", "networks of proxies whose X-Forwarded-For is believed, as CIDRs with commas between, such as 10.0.0.0/8")
	fs.StringVar(&c.StaffPage, "staff.oidc.page", "/", "path of the page where staff go on after signing in through the provider, if the page that sent them there names none")
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	switch {
	case !money.Known(c.Currency):
		return fmt.Errorf("shop.currency is %q; it must be an ISO 4217 code such as EUR", c.Currency)
	case !catalog.Locale(c.Language):
		return fmt.Errorf("shop.language is %q; it must be a language such as en or en-GB", c.Language)
	case c.badLanguage() != "":
		return fmt.Errorf("shop.languages has %q; write languages such as de or de-AT, separated by commas", c.badLanguage())
	case c.CacheFor < 0 || c.CacheFor > time.Hour:
		return fmt.Errorf("http.cache-for is %v; choose between 0s (off) and 1h", c.CacheFor)
	case c.CacheBytes < 0:
		return fmt.Errorf("http.cache-bytes is %d; choose 0 or more, such as %d", c.CacheBytes, 24<<20)
	case c.BodyLimit < 1024:
		return fmt.Errorf("http.body-limit is %d; a checkout needs at least 1024 bytes", c.BodyLimit)
	case c.ImportLimit < 0:
		return fmt.Errorf("http.import-limit is %d; choose 0 (off) or more, such as %d", c.ImportLimit, 64<<20)
	case c.AccessLog != "all" && c.AccessLog != "errors" && c.AccessLog != "off":
		return fmt.Errorf("log.access is %q; choose all, errors or off", c.AccessLog)
	case c.InFlight < 0 || c.InFlight > 0 && c.InFlight < 8:
		return fmt.Errorf("http.in-flight is %d; choose 0 (no limit) or at least 8, such as 512", c.InFlight)
	case c.Within < time.Second || c.Within > 50*time.Second: // net/http ends an answer after a minute
		return fmt.Errorf("http.within is %v; choose between 1s and 50s, such as 25s", c.Within)
	case c.LimitBrowsing < 0 || c.LimitBrowsing > mostPerMinute:
		return fmt.Errorf("http.limit-browsing is %d; choose between 0 (off) and %d, such as 600", c.LimitBrowsing, mostPerMinute)
	case c.LimitCheckout < 0 || c.LimitCheckout > mostPerMinute:
		return fmt.Errorf("http.limit-checkout is %d; choose between 0 (off) and %d, such as 1200", c.LimitCheckout, mostPerMinute)
	case c.LimitCheckout > 0 && (c.LimitBrowsing == 0 || c.LimitCheckout < c.LimitBrowsing):
		return fmt.Errorf("http.limit-checkout is %d and http.limit-browsing %d; who buys must not be stopped before who looks: set both, checkout to no less", c.LimitCheckout, c.LimitBrowsing)
	}
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("shop.url is %q; write scheme and host, such as https://shop.example", c.URL)
	}
	if c.StaffPage != "" && !ownPage(c.StaffPage) {
		return fmt.Errorf("staff.oidc.page is %q; write a path of the shop, such as /admin", c.StaffPage)
	}
	_, err := networks(c.TrustedProxies)
	return err
}

func (c Config) badLanguage() string {
	for _, l := range newLanguages(c.Language, c.Languages).others {
		if !catalog.Locale(l) {
			return l
		}
	}
	return ""
}

// API answers requests. Every field but Browsing, Demo and Files is needed.
type API struct {
	Config    Config
	DB        store.DB
	Index     search.Index
	Shopping  *shopping.Service
	Checkout  *checkout.Service
	Fulfil    *fulfilment.Service
	Recommend *recommending.Service
	Exchange  *exchange.Service
	Oversight *oversight.Service
	Settle    *settlement.Service
	Accounts  *account.Service
	Editor    *merchandising.Editor
	Stock     *stockkeeping.Service
	Promoting *promoting.Service
	Tariffs   *tariffs.Service
	Settings  *settings.Service
	Provider  payment.Provider
	Shared    shared.Cache
	Log       *slog.Logger
	Metrics   *telemetry.HTTP
	Traces    *telemetry.Traces // nil for none
	Now       func() time.Time
	Media     *illustrating.Service
	Browsing  Browsing     // may be nil: nothing is told of what visitors do
	Demo      http.Handler // serves /media/demo/
	Files     http.Handler // serves /objects/: the signed addresses of a store that has no server of its own
	Targets   []Target     // what this process serves; nil means all
	cache     *cache
	tree      *tree
	proxies   []netip.Prefix
	languages languages
	inFlight  *atomic.Int64
}

// handler is an http.Handler that may fail. The error becomes the response in
// one place, writeProblem, and nowhere else.
type handler func(w http.ResponseWriter, r *http.Request) error

// Route is one operation of the API and who may call it.
type Route struct {
	Method, Path string
	Access       Access
	handle       handler
}

// Routes lists every operation.
func (a *API) Routes() []Route {
	return append([]Route{
		{"GET", "/v1/categories", Public, a.cached(a.listCategories)},
		{"GET", "/v1/categories/{key}", Public, a.cached(a.getCategory)},
		{"GET", "/v1/brands", Public, a.cached(a.listBrands)},
		{"GET", "/v1/brands/{key}", Public, a.cached(a.getBrand)},
		{"GET", "/v1/collections", Public, a.cached(a.listCollections)},
		{"GET", "/v1/collections/{key}", Public, a.cached(a.getCollection)},
		{"GET", "/v1/products", Public, a.cached(a.listProducts)},
		{"GET", "/v1/products/{key}", Public, a.told(a.getProduct, tellView)},
		{"GET", "/v1/search", Public, a.told(a.searchProducts, tellSearch)},
		{"GET", "/v1/recommendations", Public, a.recommend},
		{"PUT", "/v1/recently-viewed/{key}", Public, a.rememberView},
		{"DELETE", "/v1/recently-viewed", Public, a.forgetViews},

		{"POST", "/v1/carts", Guest, a.startCart},
		{"GET", "/v1/carts/{id}", Guest, a.getCart},
		{"PUT", "/v1/carts/{id}/items/{sku}", Guest, a.putItem},
		{"DELETE", "/v1/carts/{id}/items/{sku}", Guest, a.removeItem},
		{"PUT", "/v1/carts/{id}/codes/{code}", Guest, a.changeCart("code", 40, a.Shopping.AddCode)},
		{"DELETE", "/v1/carts/{id}/codes/{code}", Guest, a.changeCart("code", 40, a.Shopping.RemoveCode)},
		{"GET", "/v1/carts/{id}/quote", Guest, a.getQuote},
		{"POST", "/v1/carts/{id}/refresh", Guest, a.refreshCart},
		{"PUT", "/v1/carts/{id}/contact", Guest, a.putContact},

		{"POST", "/v1/checkout", Guest, a.placeOrder},
		{"POST", "/v1/orders/links", Public, a.askLinks},
		{"GET", "/v1/orders/{id}", Guest, a.getOrder},
		{"POST", "/v1/orders/{id}/payment", Guest, a.payOrder},
		{"POST", "/v1/orders/{id}/cancel", Guest, a.cancelOrder},
		{"GET", "/v1/orders/{id}/timeline", Guest, a.showTimeline},
		{"POST", "/v1/orders/{id}/returns", Guest, a.requestReturn},
		{"DELETE", "/v1/orders/{id}/returns/{return}", Guest, a.withdrawReturn},
		{"POST", webhookPath, Public, a.takeNotice},
	}, slices.Concat(a.accountRoutes(), a.throughRoutes(), a.adminRoutes(), a.pickingRoutes(), a.exchangeRoutes(), a.catalogRoutes(), a.stockRoutes(), a.promotionRoutes(), a.tariffRoutes(), a.settingRoutes(), a.mediaRoutes())...)
}

// Handler returns the API as one handler.
func (a *API) Handler() http.Handler {
	a.cache = newCache(a.Config.CacheBytes, a.Config.CacheFor, a.Now, farCache{a.Shared, a.Config.edition()})
	a.inFlight = new(atomic.Int64)
	a.proxies, _ = networks(a.Config.TrustedProxies) // Validate has read them
	a.languages = newLanguages(a.Config.Language, a.Config.Languages)
	a.tree = &tree{read: a.DB.Read, keep: max(a.Config.CacheFor, treeFor), now: a.Now, shared: a.Shared}
	r := mux.NewRouter().UseEncodedPath().SkipClean(true)
	for _, route := range a.Routes() {
		r.Methods(methods(route)...).Path(route.Path).Handler(a.wrap(a.placed(route)))
	}
	for _, page := range []Route{{"GET", "/", Public, a.index}, {"GET", "/openapi.yaml", Public, a.showContract}} {
		r.Methods(methods(page)...).Path(page.Path).Handler(a.wrap(page))
	}
	r.Methods("GET", "HEAD").PathPrefix(mediaPath).Handler(a.wrap(a.placed(Route{"GET", mediaPath, Public, a.showMedia})))
	if a.Files != nil {
		r.Methods("GET", "HEAD", "PUT").PathPrefix("/objects/").Handler(a.Files)
	}
	r.NotFoundHandler = a.wrap(Route{"", "unknown", Public, noRoute})
	r.MethodNotAllowedHandler = a.wrap(Route{"", "unknown", Public, wrongMethod(r)})
	return r
}

// methods are those under which a route is found: what answers GET answers HEAD
// (RFC 9110, 9.1); net/http leaves the body out.
func methods(route Route) []string {
	if route.Method == http.MethodGet {
		return []string{http.MethodGet, http.MethodHead}
	}
	return []string{route.Method}
}

// Forget makes remembered answers stale, in all processes: the catalogue has changed.
func (a *API) Forget(ctx context.Context) { a.Shared.Change(ctx, shared.Catalogue) }

// index tells a person who opens the address where things are.
func (a *API) index(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := w.Write([]byte(indexPage))
	return err
}

// showContract handles GET /openapi.yaml.
func (a *API) showContract(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml")
	_, err := w.Write(contract.OpenAPI)
	return err
}

const indexPage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tradewind</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:3em auto;padding:0 1em}li{margin:.3em 0}</style>
<h1>Tradewind</h1><p>The shop is open. Its API:</p><ul>
<li><a href="/v1/categories">categories</a></li>
<li><a href="/v1/products?limit=24">products</a></li>
<li><a href="/v1/search?q=lamp&amp;facets=true">search for a lamp, with facets</a></li>
<li><a href="/openapi.yaml">everything it can do, as OpenAPI</a></li></ul></html>`
