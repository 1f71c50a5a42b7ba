package sqlstore

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func defaults(t *testing.T, args ...string) Config {
	t.Helper()
	var c Config
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	c.Flags(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultsOpenTheEmbeddedDatabase(t *testing.T) {
	if err := defaults(t).Validate(); err != nil {
		t.Error(err)
	}
}

func TestErrorsNameTheSetting(t *testing.T) {
	oracle := []string{"-db.engine=oracle", "-db.dsn=db:1522/shop_tp", "-db.user=shop", "-db.password-file=/secret"}
	tests := map[string]struct {
		args []string
		want string // "" for valid
	}{
		"unknown engine":    {[]string{"-db.engine=mysql"}, "db.engine"},
		"no path":           {[]string{"-db.path="}, "db.path"},
		"memory":            {[]string{"-db.path=:memory:"}, "db.path"},
		"oracle":            {oracle, ""},
		"no dsn":            {append(oracle, "-db.dsn="), "db.dsn"},
		"no user":           {append(oracle, "-db.user="), "db.user"},
		"no password":       {append(oracle, "-db.password-file="), "TRADEWIND_DB_PASSWORD"},
		"empty pool":        {append(oracle, "-db.pool-size=0"), "db.pool-size"},
		"too short a call":  {append(oracle, "-db.call-timeout=50ms"), "db.call-timeout"},
		"long-lived":        {append(oracle, "-db.session-life=2h"), "db.session-life"},
		"impatient":         {append(oracle, "-db.connect-timeout=0"), "db.connect-timeout"},
		"no wait":           {append(oracle, "-db.pool-wait=0"), "db.pool-wait"},
		"negative cache":    {append(oracle, "-db.stmt-cache=-1"), "db.stmt-cache"},
		"readers of sqlite": {[]string{"-db.pool-size=0"}, "db.pool-size"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := defaults(t, tc.args...).Validate()
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("Validate() = %v, want %q", err, tc.want)
			}
		})
	}
}

func TestPasswordIsShownNowhere(t *testing.T) {
	c := Config{Password: "hunter2"}
	shown, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %s %q", c, c, c.Password, c.Password), string(shown)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("the password is in %s", text)
		}
	}
}

func TestPasswordFileComesFirst(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Config{PasswordFile: file, Password: "from environment"}.password()
	if err != nil || got.Reveal() != "from file" {
		t.Errorf("password() = %q, %v", got.Reveal(), err)
	}
	if _, err := (Config{PasswordFile: file + ".missing"}).password(); err == nil || !strings.Contains(err.Error(), "db.password-file") {
		t.Errorf("a missing file gives %v", err)
	}
}

func TestConnectStringHasTimeLimits(t *testing.T) {
	tests := map[string]struct {
		c    Config
		want string
	}{
		"host, port and service": {Config{DSN: "db.example.com:1521/shop_tp", Connect: 9500 * time.Millisecond},
			"(DESCRIPTION=(CONNECT_TIMEOUT=10)(TRANSPORT_CONNECT_TIMEOUT=10)(RETRY_COUNT=3)(RETRY_DELAY=2)(EXPIRE_TIME=2)" +
				"(ADDRESS=(PROTOCOL=TCP)(HOST=db.example.com)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=shop_tp)))"},
		"TLS without a wallet": {Config{DSN: "db.example.com/shop_tp", MinTLS: true, Connect: time.Second},
			"(DESCRIPTION=(CONNECT_TIMEOUT=1)(TRANSPORT_CONNECT_TIMEOUT=1)(RETRY_COUNT=3)(RETRY_DELAY=2)(EXPIRE_TIME=2)" +
				"(ADDRESS=(PROTOCOL=TCPS)(HOST=db.example.com)(PORT=1522))(CONNECT_DATA=(SERVICE_NAME=shop_tp))(SECURITY=(SSL_SERVER_DN_MATCH=YES)))"},
		"IPv6": {Config{DSN: "[::1]:1521/free", Connect: time.Second},
			"(DESCRIPTION=(CONNECT_TIMEOUT=1)(TRANSPORT_CONNECT_TIMEOUT=1)(RETRY_COUNT=3)(RETRY_DELAY=2)(EXPIRE_TIME=2)" +
				"(ADDRESS=(PROTOCOL=TCP)(HOST=::1)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=free)))"},
		"alias":      {Config{DSN: "shop_tp"}, "shop_tp"},
		"descriptor": {Config{DSN: " (DESCRIPTION=(ADDRESS=x))"}, "(DESCRIPTION=(ADDRESS=x))"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tc.c.connectString(); got != tc.want {
				t.Errorf("connectString()\n got %s\nwant %s", got, tc.want)
			}
		})
	}
}
