package app

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDefaultsRunTheEmbeddedShop(t *testing.T) {
	c, fs, err := Load("serve", nil, nil, nil)
	if err != nil {
		t.Fatalf("the defaults do not work: %v", err)
	}
	if c.DB.Engine != "sqlite" || !c.Sandbox.Own() || c.HTTPAddr == "" || c.DB.Path != "data/tradewind.db" {
		t.Errorf("defaults are %s, %s, %s", c.DB.Engine, c.DB.Path, c.HTTPAddr)
	}
	fs.VisitAll(func(f *flag.Flag) {
		if f.Usage == "" {
			t.Errorf("%s has no sentence", f.Name)
		}
	})
}

func TestTheCommandLineBeatsTheEnvironmentAndThatTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings")
	if err := os.WriteFile(file, []byte("# a shop\nshop.name = of the file\nlog.level=warn\ncheckout.hold-for = 5m\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := Load("serve", []string{"-config", file, "-shop.name=of the line"}, []string{"TRADEWIND_SHOP_NAME=of the environment", "TRADEWIND_LOG_LEVEL=debug", "PATH=/bin", "TRADEWIND_TEST_KILLS=3"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Shop != "of the line" || c.LogLevel != "debug" || c.Checkout.HoldFor != 5*time.Minute {
		t.Errorf("shop %q, level %q, hold %v", c.Shop, c.LogLevel, c.Checkout.HoldFor)
	}
	c, _, err = Load("serve", nil, []string{"TRADEWIND_CONFIG=" + file}, nil)
	if err != nil || c.Shop != "of the file" {
		t.Errorf("with the file named in the environment: %q, %v", c.Shop, err)
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("shop.name = x\nno-such = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args, env []string
		want      string
	}{
		"a value that does not fit":          {args: []string{"-checkout.hold-for=soon"}, want: "checkout.hold-for"},
		"one in the environment":             {env: []string{"TRADEWIND_CHECKOUT_HOLD_FOR=soon"}, want: "TRADEWIND_CHECKOUT_HOLD_FOR"},
		"an unknown one there":               {env: []string{"TRADEWIND_CHECKUOT_HOLD_FOR=1m"}, want: "TRADEWIND_CHECKUOT_HOLD_FOR"},
		"an unknown flag":                    {args: []string{"-nosuch"}, want: "nosuch"},
		"an unknown one in the file":         {args: []string{"-config", bad}, want: bad + ":2"},
		"a file that is not there":           {args: []string{"-config", filepath.Join(dir, "none")}, want: "none"},
		"too short a time":                   {args: []string{"-checkout.hold-for=1s"}, want: "checkout.hold-for"},
		"an address without a port":          {args: []string{"-http.addr=localhost"}, want: "http.addr"},
		"an ops address without a port":      {args: []string{"-ops.addr=localhost"}, want: "ops.addr"},
		"a level that is none":               {args: []string{"-log.level=loud"}, want: "log.level"},
		"a secret that is too short":         {env: []string{"TRADEWIND_TOKEN_SECRET=short"}, want: "token.secret"},
		"no secret at all":                   {args: []string{"-token.secret-file="}, want: "token.secret"},
		"too little memory":                  {args: []string{"-memory.limit=1000"}, want: "memory.limit"},
		"a grace that never ends":            {args: []string{"-shutdown.grace=48h"}, want: "shutdown.grace"},
		"an engine that is none":             {args: []string{"-db.engine=access"}, want: "db.engine"},
		"a secret on the command line":       {args: []string{"-sandboxpay.key=sk_live_1"}, want: "process list"},
		"a provider without its secrets":     {args: []string{"-sandboxpay.url=http://pay:1"}, want: "sandboxpay.key"},
		"a currency that is none":            {args: []string{"-shop.currency=EURO"}, want: "shop.currency"},
		"a worker that never looks":          {args: []string{"-worker.poll=0s"}, want: "worker.poll"},
		"returns that last for ever":         {args: []string{"-returns.within=900000h"}, want: "returns.within"},
		"totals rounded to nothing":          {args: []string{"-shop.rounding=CHF=0"}, want: "shop.rounding"},
		"a cart that dies at once":           {args: []string{"-cart.keep-for=1s"}, want: "cart.keep-for"},
		"a sender that is none":              {args: []string{"-mailfolder.from=shop"}, want: "mailfolder.from"},
		"a database without a file":          {args: []string{"-db.path="}, want: "db.path"},
		"a search index without a file":      {args: []string{"-fts.path="}, want: "fts.path"},
		"a search engine that is none":       {args: []string{"-search.engine=grep"}, want: "search.engine"},
		"a cluster without an address":       {args: []string{"-search.engine=opensearch"}, want: "opensearch.url"},
		"a cluster's password in the open":   {args: []string{"-opensearch.password=x"}, want: "process list"},
		"an index compared all the time":     {args: []string{"-search.compare-every=1ms"}, want: "search.compare-every"},
		"a queue that is none":               {args: []string{"-queue.engine=post"}, want: "queue.engine"},
		"a queue in a cloud of nobody":       {args: []string{"-queue.engine=oci", "-oci.queue.id=ocid1.queue.x"}, want: "oci.auth"},
		"a queue in a cloud without a name":  {args: []string{"-queue.engine=oci", "-oci.auth=workload"}, want: "oci.queue.id"},
		"a queue that is never looked at":    {args: []string{"-queue.poll=0s"}, want: "queue.poll"},
		"a job that comes again at once":     {args: []string{"-queue.visible=1s"}, want: "queue.visible"},
		"a carrier without a name":           {args: []string{"-fulfilment.carrier="}, want: "fulfilment.carrier"},
		"an expiry that is never looked for": {args: []string{"-checkout.expire-every=0s"}, want: "checkout.expire-every"},
	} {
		_, _, err := Load("serve", tc.args, tc.env, nil)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: Load = %v, which does not name %s", name, err, tc.want)
		}
		if err != nil && (strings.Contains(err.Error(), "sk_live_1") || strings.Contains(err.Error(), "=short")) {
			t.Errorf("%s: the error shows a secret: %v", name, err)
		}
	}
	if _, _, err := Load("serve", []string{"-h"}, nil, nil); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h = %v", err)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	secrets := map[string]string{"TRADEWIND_TOKEN_SECRET": "0123456789-0123456789-0123456789-token", "TRADEWIND_SANDBOXPAY_KEY": "sk_printed", "TRADEWIND_SANDBOXPAY_WEBHOOK_SECRET": "whsec_printed", "TRADEWIND_DB_PASSWORD": "hunter2-printed"}
	var env []string
	for name, value := range secrets {
		env = append(env, name+"="+value)
	}
	_, fs, err := Load("config", nil, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Print(&out, fs); err != nil {
		t.Fatal(err)
	}
	for name, value := range secrets {
		if strings.Contains(out.String(), value) {
			t.Errorf("%s is printed", name)
		}
		if !strings.Contains(out.String(), name) {
			t.Errorf("%s is not listed", name)
		}
	}
	if n := strings.Count(out.String(), "(hidden)"); n != len(secrets) {
		t.Errorf("%d settings are hidden, want %d", n, len(secrets))
	}
}

func TestWhatIsPrintedCanBeReadAgain(t *testing.T) {
	want, fs, err := Load("config", []string{"-shop.name=Nine Bells", "-checkout.hold-for=7m"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Print(&out, fs); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "settings")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	got, _, err := Load("serve", []string{"-config", file}, nil, nil)
	if err != nil || got != want {
		t.Errorf("read again = %+v, %v\nwant %+v", got, err, want)
	}
}

func TestTheTokenSecretIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	c := Config{TokenFile: filepath.Join(t.TempDir(), "secret")}
	first, err := c.tokens()
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.tokens()
	if err != nil || first.Token("cart", "x") != second.Token("cart", "x") {
		t.Errorf("the second start makes other tokens: %v", err)
	}
	info, err := os.Stat(c.TokenFile)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(c.TokenFile, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.tokens(); err == nil || !strings.Contains(err.Error(), "token.secret-file") || strings.Contains(err.Error(), `"short"`) {
		t.Errorf("a file cut short = %v", err)
	}
}
