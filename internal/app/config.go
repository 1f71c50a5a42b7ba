package app

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tradewind/internal/adapter/fts"
	"tradewind/internal/adapter/mailfolder"
	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/vault"
	"tradewind/internal/adapter/opensearch"
	"tradewind/internal/adapter/redis"
	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/edge/worker"
	"tradewind/internal/platform/telemetry"
	"tradewind/internal/service/account"
	"tradewind/internal/service/archive"
	"tradewind/internal/service/checkout"
	"tradewind/internal/service/fulfilment"
	"tradewind/internal/service/illustrating"
	"tradewind/internal/service/quoting"
	"tradewind/internal/service/shopping"
	"tradewind/internal/store/sqlstore"
)

// envPrefix begins the name of every setting in the environment:
// -checkout.hold-for is TRADEWIND_CHECKOUT_HOLD_FOR.
const envPrefix = "TRADEWIND_"

// Config is every setting of the program. Flags fills in the defaults, which
// run the embedded shop.
type Config struct {
	Target       string
	PaymentAddr  string
	PaymentURL   string
	Drain        time.Duration
	Shop         string
	HTTPAddr     string
	OpsAddr      string
	Pprof        bool
	LogLevel     string
	Grace        time.Duration
	MemoryLimit  int64
	Migrate      bool
	TokenSecret  string
	TokenFile    string
	ExpireEvery  time.Duration
	ReconcileAge time.Duration
	PayLater     time.Duration
	SampleRows   int
	SearchEngine string
	CompareEvery time.Duration

	DB       sqlstore.Config
	HTTP     httpapi.Config
	Account  account.Config
	SignIn   SignInConfig
	Cart     shopping.Config
	Quotes   quoting.Config
	Checkout checkout.Config
	Returns  fulfilment.Config
	Worker   worker.Config
	Sandbox  sandboxpay.Config
	Mail     mailfolder.Config
	Search   fts.Config
	Cluster  opensearch.Config
	Redis    redis.Config
	Archive  archive.Config
	OCI      oci.Config
	Objects  ObjectsConfig
	Queue    QueueConfig
	Media    illustrating.Config
	Trace    telemetry.TraceConfig
	Stream   StreamConfig
	Watch    WatchConfig
	Vault    vault.Config
	Region   RegionConfig

	fetched *fetched // nil if no secret is in Vault
}

// Flags declares every setting, once for command line, environment and file.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Target, "target", "all", "what this process is for: product, user, cart, order, payment, worker (several with commas between) or all")
	fs.StringVar(&c.PaymentAddr, "payment.service-addr", "", "where the payment service answers the other services, such as :8082; shoppers must not reach it")
	fs.StringVar(&c.PaymentURL, "payment.service-url", "", "where the worker finds the payment service, if that is another process")
	fs.DurationVar(&c.Drain, "shutdown.drain", 0, "how long requests are still taken after /readyz has begun to fail, so that a load balancer can notice")
	fs.StringVar(&c.Shop, "shop.name", "Tradewind", "name of the shop until staff set another")
	fs.StringVar(&c.HTTPAddr, "http.addr", ":8080", "where the shop listens")
	fs.StringVar(&c.OpsAddr, "ops.addr", "127.0.0.1:8081", "where /healthz, /readyz and /metrics listen; off for nowhere")
	fs.BoolVar(&c.Pprof, "ops.pprof", false, "serve /debug/pprof beside the metrics")
	fs.StringVar(&c.LogLevel, "log.level", "info", "lowest level that is logged: debug, info, warn or error")
	fs.DurationVar(&c.Grace, "shutdown.grace", 20*time.Second, "how long running requests and deliveries may take to end")
	fs.Int64Var(&c.MemoryLimit, "memory.limit", 80<<20, "least soft limit of the Go heap, in bytes; it moves up with what a large catalogue keeps alive; 0 leaves it to GOMEMLIMIT")
	fs.BoolVar(&c.Migrate, "db.migrate", true, "bring the embedded database's schema up to date at start; Oracle always waits for 'tradewind migrate up'")
	fs.StringVar(&c.TokenSecret, "token.secret", "", "what cart and order tokens are derived from, at least 32 characters (secret); empty uses token.secret-file")
	fs.StringVar(&c.TokenFile, "token.secret-file", "data/token.secret", "file with that secret; made at the first start if it is missing")
	fs.DurationVar(&c.ExpireEvery, "checkout.expire-every", time.Second, "how often unpaid orders are looked for")
	fs.DurationVar(&c.ReconcileAge, "payment.reconcile-after", 30*time.Second, "after which silence the payment provider is asked about an open attempt")
	fs.DurationVar(&c.PayLater, "payment.later", 24*time.Hour, "how long an order may wait for a payment provider that cannot be reached, if its shopper agrees to be charged later; 0 for not at all")
	fs.IntVar(&c.SampleRows, "verify.sample", 100, "how many rows of the books are looked at each second for the metrics of invariants; 0 for none")
	c.DB.Flags(fs)
	fs.Var((*secret)(&c.DB.Password), "db.password", "password of the Oracle user (secret)")
	c.HTTP.Flags(fs)
	c.Account.Flags(fs)
	c.SignIn.Flags(fs)
	c.Cart.Flags(fs)
	c.Quotes.Flags(fs)
	c.Checkout.Flags(fs)
	c.Returns.Flags(fs)
	c.Worker.Flags(fs)
	c.Sandbox.Flags(fs)
	c.Mail.Flags(fs)
	c.Search.Flags(fs)
	c.searchFlags(fs)
	c.Redis.Flags(fs)
	c.Archive.Flags(fs)
	c.OCI.Flags(fs)
	c.Objects.Flags(fs)
	c.Queue.Flags(fs)
	c.Media.Flags(fs)
	c.Trace.Flags(fs)
	fs.Var((*secret)(&c.Trace.Authorization), "trace.authorization", "what trace.endpoint wants as Authorization, such as \"dataKey …\" of an APM domain (secret)")
	c.Stream.Flags(fs)
	c.Watch.Flags(fs)
	c.Vault.Flags(fs)
	c.Region.Flags(fs)
	preset(fs, "db.path", "data/tradewind.db")
	preset(fs, "sandboxpay.journal", "data/sandboxpay.journal")
}

// preset gives a setting another default.
func preset(fs *flag.FlagSet, name, value string) {
	f := fs.Lookup(name)
	f.DefValue = value
	if err := f.Value.Set(value); err != nil {
		panic(fmt.Sprintf("default of %s: %v", name, err))
	}
}

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	errs := []error{c.DB.Validate(), c.HTTP.Validate(), c.Cart.Validate(), c.Quotes.Validate(), c.Checkout.Validate(), c.Returns.Validate(), c.Worker.Validate(), c.Sandbox.Validate(), c.Mail.Validate(), c.validateSearch()}
	errs = append(errs, c.Account.Validate(), c.SignIn.Validate(c.Account.Staff), c.Archive.Validate(), c.validateTargets(), c.Redis.Validate(), c.OCI.Validate(), c.Objects.Validate(c.OCI.Auth), c.Media.Validate(), c.Trace.Validate(), c.Stream.Validate(c.OCI.Auth), c.Queue.Validate(c.OCI.Auth), c.Watch.Validate(c.OCI.Auth), c.Vault.Validate(), c.Region.Validate())
	if c.Drain < 0 || c.Drain > 10*time.Minute {
		errs = append(errs, fmt.Errorf("shutdown.drain is %v; choose between 0s and 10m, such as 5s", c.Drain))
	}
	if _, _, err := net.SplitHostPort(c.HTTPAddr); err != nil {
		errs = append(errs, fmt.Errorf("http.addr is %q; write host:port, such as :8080", c.HTTPAddr))
	}
	if _, _, err := net.SplitHostPort(c.OpsAddr); err != nil && c.OpsAddr != "off" {
		errs = append(errs, fmt.Errorf("ops.addr is %q; write host:port, such as 127.0.0.1:8081, or off", c.OpsAddr))
	}
	if _, err := c.level(); err != nil {
		errs = append(errs, err)
	}
	if c.TokenSecret != "" && len(c.TokenSecret) < 32 {
		errs = append(errs, fmt.Errorf("token.secret has %d characters; it needs at least 32", len(c.TokenSecret)))
	}
	if c.TokenSecret == "" && c.TokenFile == "" {
		errs = append(errs, errors.New("token.secret and token.secret-file are both empty; set one"))
	}
	if c.PayLater != 0 && (c.PayLater < 10*time.Minute || c.PayLater > 7*24*time.Hour) {
		errs = append(errs, fmt.Errorf("payment.later is %v; choose between 10m and 168h, or 0 for not at all", c.PayLater))
	}
	if c.SampleRows < 0 || c.SampleRows > 10_000 {
		errs = append(errs, fmt.Errorf("verify.sample is %d; choose between 0 and 10000", c.SampleRows))
	}
	if c.MemoryLimit != 0 && c.MemoryLimit < 32<<20 {
		errs = append(errs, fmt.Errorf("memory.limit is %d; choose 0 or at least %d bytes", c.MemoryLimit, 32<<20))
	}
	for name, d := range map[string]time.Duration{"shutdown.grace": c.Grace, "checkout.expire-every": c.ExpireEvery, "payment.reconcile-after": c.ReconcileAge} {
		if d < 10*time.Millisecond || d > 24*time.Hour {
			errs = append(errs, fmt.Errorf("%s is %v; choose between 10ms and 24h", name, d))
		}
	}
	return errors.Join(errs...)
}

func (c Config) level() (slog.Level, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return l, fmt.Errorf("log.level is %q; choose debug, info, warn or error", c.LogLevel)
	}
	return l, nil
}

// secret is text that is never printed.
type secret string

func (s *secret) String() string {
	if s == nil {
		return ""
	}
	return string(*s)
}
func (s *secret) Set(v string) error { *s = secret(v); return nil }

func isSecret(f *flag.Flag) bool {
	return strings.Contains(f.Usage, "(secret)") && !strings.HasSuffix(f.Name, "-file")
}

// EnvName returns the name of a setting in the environment.
func EnvName(flagName string) string {
	return envPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(flagName))
}

// Load reads the settings: defaults, then the file, then the environment, then
// the command line, each stronger than the one before. It returns what is left
// of the command line. more may declare flags of one command.
func Load(command string, args, environ []string, more func(fs *flag.FlagSet)) (Config, *flag.FlagSet, error) {
	var c Config
	fs := flag.NewFlagSet("tradewind "+command, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	c.Flags(fs)
	file := fs.String("config", "", "file of settings, a line each: name = value; # begins a comment")
	settings := map[string]bool{}
	fs.VisitAll(func(f *flag.Flag) { settings[f.Name] = true })
	if more != nil {
		more(fs)
	}
	if err := fs.Parse(args); err != nil {
		return c, fs, err
	}
	given := map[string]bool{}
	var exposed error
	fs.Visit(func(f *flag.Flag) {
		given[f.Name] = true
		if isSecret(f) {
			exposed = fmt.Errorf("-%s is a secret and would show in the process list; set %s or put it into the file of -config", f.Name, EnvName(f.Name))
		}
	})
	if exposed != nil {
		return c, fs, exposed
	}
	env, err := readEnv(environ, settings)
	if err != nil {
		return c, fs, err
	}
	if v, ok := env["config"]; ok && !given["config"] {
		*file = v
	}
	fromFile, err := readFile(*file, settings)
	if err != nil {
		return c, fs, err
	}
	for _, source := range []struct {
		values map[string]string
		name   func(string) string
	}{{fromFile, func(n string) string { return *file + ": " + n }}, {env, EnvName}} {
		for name, value := range source.values {
			if given[name] {
				continue
			}
			if err := fs.Set(name, value); err != nil {
				return c, fs, fmt.Errorf("%s: %q does not fit: %w", source.name(name), shown(fs.Lookup(name), value), err)
			}
		}
	}
	return c, fs, c.Validate()
}

func readEnv(environ []string, known map[string]bool) (map[string]string, error) {
	names := map[string]string{}
	for name := range known {
		names[EnvName(name)] = name
	}
	out := map[string]string{}
	for _, kv := range environ {
		key, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(key, envPrefix) || strings.HasPrefix(key, envPrefix+"TEST_") {
			continue
		}
		name, ok := names[key]
		if !ok {
			return nil, fmt.Errorf("%s is not a setting; 'tradewind config' lists them", key)
		}
		out[name] = value
	}
	return out, nil
}

func readFile(path string, known map[string]bool) (map[string]string, error) {
	out := map[string]string{}
	if path == "" {
		return out, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if !ok || !known[name] || name == "config" {
			return nil, fmt.Errorf("%s:%d: %q is not a setting; write name = value, 'tradewind config' lists the names", path, i+1, name)
		}
		out[name] = strings.TrimSpace(value)
	}
	return out, nil
}

func shown(f *flag.Flag, value string) string {
	if isSecret(f) && value != "" {
		return "(hidden)"
	}
	return value
}

// Print writes the effective settings in the form of the file, secrets masked.
func Print(w io.Writer, fs *flag.FlagSet) error {
	var lines []string
	fs.VisitAll(func(f *flag.Flag) {
		if f.Name == "config" {
			return
		}
		lines = append(lines, fmt.Sprintf("# %s\n# default %q, environment %s\n%s = %s\n", f.Usage, f.DefValue, EnvName(f.Name), f.Name, shown(f, f.Value.String())))
	})
	_, err := io.WriteString(w, strings.Join(lines, "\n"))
	return err
}

// makeRoom creates the folders of the embedded shop's files.
func (c Config) makeRoom() error {
	for _, f := range []struct{ setting, path string }{
		{"db.path", c.DB.Path}, {"fts.path", c.Search.Path}, {"token.secret-file", c.TokenFile}, {"sandboxpay.journal", c.Sandbox.Journal},
	} {
		if f.path == "" {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
			return fmt.Errorf("%s %s: %w", f.setting, f.path, err)
		}
	}
	return nil
}
