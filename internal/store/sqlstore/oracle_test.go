//go:build cgo

package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/godror/godror"
)

func TestOracleGetsAFixedPool(t *testing.T) {
	c := Config{DSN: "db:1521/shop_tp", User: "shop", Wallet: "/wallet", PoolSize: 7, PoolWait: 3 * time.Second,
		SessionLife: 40 * time.Minute, StmtCache: 99, Connect: time.Second}
	p := oracleParams(c, "hunter2")
	if p.IsStandalone() {
		t.Error("each statement would open a connection")
	}
	if p.MinSessions != 7 || p.MaxSessions != 7 || p.SessionIncrement != 0 {
		t.Errorf("pool of %d to %d by %d, want 7 fixed", p.MinSessions, p.MaxSessions, p.SessionIncrement)
	}
	if p.Timezone != time.UTC || p.StmtCacheSize != 99 || p.WaitTimeout != 3*time.Second || p.MaxLifeTime != 40*time.Minute || p.ConfigDir != "/wallet" {
		t.Errorf("settings were lost: %v", p)
	}
	if shown := fmt.Sprintf("%s %v %+v", p, p, p); strings.Contains(shown, "hunter2") {
		t.Error("the password shows")
	}
}

func TestArgumentsForOracle(t *testing.T) {
	type id string
	type level int32
	at := time.Date(2026, 5, 4, 3, 2, 1, 987654321, time.FixedZone("", 7200))
	list, err := oracleArguments(20, []sql.NamedArg{sql.Named("id", id("o1")), sql.Named("level", level(3)), sql.Named("at", at),
		sql.Named("ids", []id{"a", "b"}), sql.Named("none", nil)})
	if err != nil {
		t.Fatal(err)
	}
	want := []any{"o1", int64(3), time.Date(2026, 5, 4, 1, 2, 1, 987654000, time.UTC), []string{"a", "b"}, ""}
	for i, w := range want {
		if got := list[i].(sql.NamedArg).Value; fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", w, w) {
			t.Errorf("argument %d is %T %v, want %T %v", i, got, got, w, w)
		}
	}
	options := 0
	for _, o := range list[len(want):] {
		if _, is := o.(godror.Option); is {
			options++
		}
	}
	if options != 2 {
		t.Errorf("%d fetch options, want 2", options)
	}
	if _, err := oracleArguments(0, []sql.NamedArg{sql.Named("flag", true)}); err == nil {
		t.Error("a bool was taken")
	}
	type answer bool
	if _, err := oracleArguments(0, []sql.NamedArg{sql.Named("flag", answer(true))}); err == nil {
		t.Error("a bool in disguise was taken")
	}
}

func TestEveryCallToOracleHasADeadline(t *testing.T) {
	enter := oracleDeadline(time.Minute)
	ctx, leave := enter(t.Context(), nil)
	if _, has := ctx.Deadline(); !has || leave == nil {
		t.Error("no deadline")
	}
	leave()
	own, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if ctx, leave := enter(own, nil); ctx != own || leave != nil {
		t.Error("the caller's deadline was replaced")
	}
}

// Without Oracle's client library the first ping says what to install. Where
// the library is installed, there is still no database at this address.
func TestMissingClientLibrarySaysWhatToInstall(t *testing.T) {
	c := defaults(t, "-db.engine=oracle", "-db.dsn=127.0.0.1:1/none", "-db.user=nobody", "-db.connect-timeout=1s", "-db.tls=false")
	c.Password = "hunter2"
	_, err := openEngine(t.Context(), c, nil, Options{})
	if err == nil {
		t.Fatal("opened a database that is not there")
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the error shows the password")
	}
	if strings.Contains(err.Error(), "DPI-1047") && !strings.Contains(err.Error(), "-db.engine=sqlite") {
		t.Errorf("%v does not say what to do", err)
	}
}

func TestPackageForEachPlatform(t *testing.T) {
	tests := map[string]struct{ system, family, want string }{
		"Oracle Linux": {"linux", "rhel", "dnf install oracle-instantclient-basic"},
		"Debian":       {"linux", "debian", "libaio1"},
		"macOS":        {"darwin", "", "install_ic.sh"},
		"another":      {"freebsd", "", "dnf install"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := clientPackage(tc.system, tc.family); !strings.Contains(got, tc.want) {
				t.Errorf("clientPackage(%s, %s) = %s", tc.system, tc.family, got)
			}
		})
	}
}
