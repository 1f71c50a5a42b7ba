package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"tradewind/internal/platform/telemetry"
)

// What of the Oracle side needs no driver stands here, so that it is compiled
// and tested everywhere.

// connectString is what Oracle's client is given. A full descriptor or an alias
// of tnsnames.ora stays as it is: whoever wrote it has set the time limits.
func (c Config) connectString() string {
	dsn := strings.TrimSpace(c.DSN)
	if strings.HasPrefix(dsn, "(") || !strings.ContainsAny(dsn, ":/") {
		return dsn
	}
	address, service, _ := strings.Cut(strings.TrimPrefix(dsn, "//"), "/")
	protocol, security, port := "TCP", "", "1521"
	if c.MinTLS {
		// The server's name is compared with its certificate's.
		protocol, security, port = "TCPS", "(SECURITY=(SSL_SERVER_DN_MATCH=YES))", "1522"
	}
	host := address
	if i := strings.LastIndex(address, ":"); i >= 0 && !strings.HasSuffix(address, "]") {
		host, port = address[:i], address[i+1:]
	}
	seconds := max(1, int(math.Ceil(c.Connect.Seconds())))
	return fmt.Sprintf("(DESCRIPTION=(CONNECT_TIMEOUT=%d)(TRANSPORT_CONNECT_TIMEOUT=%d)(RETRY_COUNT=3)(RETRY_DELAY=2)(EXPIRE_TIME=2)"+
		"(ADDRESS=(PROTOCOL=%s)(HOST=%s)(PORT=%s))(CONNECT_DATA=(SERVICE_NAME=%s))%s)",
		seconds, seconds, protocol, strings.Trim(host, "[]"), port, service, security)
}

// oracleDeadline gives every call a deadline: Oracle's client turns it into its
// call timeout, and without one a dead network is noticed after hours.
func oracleDeadline(limit time.Duration) func(context.Context, *Statement) (context.Context, context.CancelFunc) {
	return func(ctx context.Context, _ *Statement) (context.Context, context.CancelFunc) {
		if _, has := ctx.Deadline(); has {
			return ctx, nil
		}
		return context.WithTimeout(ctx, limit)
	}
}

// label is what a session of Oracle is told before a statement, so that a DBA
// who looks at V$SESSION or ASH sees which service does what, and for whom.
type label struct{ module, action, info string }

// labelOf is the label of ctx: the service, the route, and the ids of request and
// trace as far as they fit. The lengths are those of DBMS_APPLICATION_INFO; the
// client refuses longer ones (ORA-24960). The client identifier is left alone:
// godror v0.51.4 does not set it.
func labelOf(ctx context.Context, module string) label {
	l := label{module: firstBytes(module, 48)}
	if ids := telemetry.Of(ctx); ids != nil {
		l.action, l.info = firstBytes(ids.Action, 32), firstBytes(ids.RequestID, 64)
		if ids.RequestID != ids.TraceID && len(ids.RequestID)+len(ids.TraceID) < 64 {
			l.info += " " + ids.TraceID
		}
	}
	return l
}

// firstBytes is the first n bytes of text, in whole characters.
func firstBytes(text string, n int) string {
	for len(text) > n {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// plain turns a value into one that Oracle's driver knows: named types become
// their base, moments UTC at the microseconds that a column keeps.
func plain(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return "", nil // an empty string is NULL for any type of column
	case string, int64, int, []byte, float64, sql.Out, []string, []int64, []int, [][]byte,
		sql.NullString, sql.NullInt64, sql.NullTime, []sql.NullInt64, []sql.NullTime:
		return v, nil
	case time.Time:
		return moment(x), nil
	case []time.Time:
		all := make([]time.Time, len(x))
		for i, t := range x {
			all[i] = moment(t)
		}
		return all, nil
	case bool, []bool:
		return nil, errors.New("Oracle has no boolean columns before 23ai: bind 0 or 1")
	}
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Slice {
		return plainSlice(r)
	}
	if r.Kind() == reflect.Pointer {
		if r.IsNil() {
			return "", nil
		}
		return plain(r.Elem().Interface())
	}
	if base := baseOf(r.Type()); base != nil {
		return plain(r.Convert(base).Interface())
	}
	return v, nil // a Valuer or a type of the driver's: it knows, or refuses
}

func plainSlice(r reflect.Value) (any, error) {
	base := baseOf(r.Type().Elem())
	if base == nil {
		return nil, fmt.Errorf("%s is no array bind for Oracle: use a slice of text, numbers, moments, bytes, sql.NullInt64 or sql.NullTime", r.Type())
	}
	if base.Kind() == reflect.Bool {
		return plain(true)
	}
	s := reflect.MakeSlice(reflect.SliceOf(base), r.Len(), r.Len())
	for i := range r.Len() {
		s.Index(i).Set(r.Index(i).Convert(base))
	}
	return s.Interface(), nil
}

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// baseOf is the predeclared type under a named one, nil for the others.
func baseOf(t reflect.Type) reflect.Type {
	switch t.Kind() {
	case reflect.String:
		return reflect.TypeFor[string]()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return reflect.TypeFor[int64]()
	case reflect.Float32, reflect.Float64:
		return reflect.TypeFor[float64]()
	case reflect.Bool:
		return reflect.TypeFor[bool]()
	}
	return nil
}

// explainOracle says in our words what some of Oracle's errors ask of the
// operator. The driver's error stays in the chain.
func explainOracle(err error) error {
	if err == nil {
		return nil
	}
	switch code := codeOf(err); {
	case strings.Contains(err.Error(), "DPI-1047"):
		return fmt.Errorf("Oracle's client library is not installed. %s Without Oracle, the embedded database needs nothing: -db.engine=sqlite: %w",
			clientPackage(runtime.GOOS, linuxFamily()), err)
	case code == codeBadPassword:
		return fmt.Errorf("Oracle refuses db.user with this password; correct it before the account is locked: %w", err)
	case code == codeLocked:
		return fmt.Errorf("the account of db.user is locked; unlock it (ALTER USER .. ACCOUNT UNLOCK): %w", err)
	case code == codeExpired:
		return fmt.Errorf("the password of db.user has expired; set a new one: %w", err)
	case code == codeBadAlias:
		return fmt.Errorf("db.dsn is no alias in tnsnames.ora; look at db.wallet, or give host:port/service: %w", err)
	}
	return err
}

// clientPackage says which package has Oracle's client library.
func clientPackage(system, family string) string {
	const debian = "On Debian and Ubuntu there is no package: unpack Instant Client Basic (19.14 or later, 23 preferred) from oracle.com/database/technologies/instant-client, " +
		"apt-get install libaio1 (libaio1t64 from Debian 13 and Ubuntu 24.04), and put its folder into /etc/ld.so.conf.d with ldconfig."
	const oracleLinux = "On Oracle Linux: dnf install oracle-instantclient-release-23ai-el9 && dnf install oracle-instantclient-basic (el8: oracle-instantclient-release-23ai-el8)."
	const mac = "On macOS: open the Instant Client Basic .dmg from oracle.com/database/technologies/instant-client and run its install_ic.sh, then link libclntsh.dylib into /usr/local/lib."
	switch {
	case system == "darwin":
		return mac
	case system == "linux" && family == "debian":
		return debian
	case system == "linux" && family == "rhel":
		return oracleLinux
	}
	return oracleLinux + " " + debian + " " + mac
}

// linuxFamily is debian, rhel or "", from os-release(5).
func linuxFamily() string {
	b, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if name != "ID" && name != "ID_LIKE" {
			continue
		}
		for _, id := range strings.Fields(strings.Trim(value, `"`)) {
			switch id {
			case "debian", "ubuntu":
				return "debian"
			case "ol", "rhel", "fedora", "centos":
				return "rhel"
			}
		}
	}
	return ""
}
