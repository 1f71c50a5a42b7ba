//go:build oracle

package oracle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godror/godror"
	"github.com/godror/godror/dsn"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"tradewind/internal/store/sqlstore"
)

const (
	image    = "gvenzl/oracle-free:23-slim-faststart"
	port     = "1521/tcp"
	service  = "FREEPDB1"
	appUser  = "tradewind"
	password = "only_for_tests_1"
)

// errNoOracle is why tests are skipped.
var errNoOracle = errors.New("no Oracle: ORACLE_DSN is not set and no container engine answers")

var container *testcontainers.DockerContainer

func TestMain(m *testing.M) {
	code := m.Run()
	if container != nil {
		if err := testcontainers.TerminateContainer(container); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// config is how to reach the database, once for all tests.
var config = sync.OnceValues(func() (sqlstore.Config, error) {
	c := sqlstore.Config{Engine: sqlstore.EngineOracle, PoolSize: 20, PoolWait: 10 * time.Second, SessionLife: 30 * time.Minute,
		CallTimeout: time.Minute, Connect: 20 * time.Second, StmtCache: 100}
	if given := os.Getenv("ORACLE_DSN"); given != "" {
		user, rest, found := strings.Cut(given, "/")
		at := strings.LastIndex(rest, "@")
		if !found || at < 0 {
			return c, errors.New("ORACLE_DSN must be user/password@host:port/service")
		}
		c.User, c.Password, c.DSN = user, sqlstore.Secret(rest[:at]), rest[at+1:]
		return c, nil
	}
	address, err := startContainer(context.Background())
	c.User, c.Password, c.DSN = appUser, password, address+"/"+service
	return c, err
})

// startContainer starts Oracle Free and returns its host:port. The image makes
// the application's user when it starts for the first time.
func startContainer(ctx context.Context) (address string, err error) {
	if err := engineAnswers(ctx); err != nil {
		return "", fmt.Errorf("%w: %w", errNoOracle, err)
	}
	container, err = testcontainers.Run(ctx, image,
		testcontainers.WithExposedPorts(port),
		testcontainers.WithEnv(map[string]string{"ORACLE_PASSWORD": password, "APP_USER": appUser, "APP_USER_PASSWORD": password}),
		testcontainers.WithWaitStrategyAndDeadline(5*time.Minute, wait.ForLog("DATABASE IS READY TO USE!")))
	if err != nil {
		return "", err
	}
	host, err := container.Host(ctx)
	if err != nil {
		return "", err
	}
	mapped, err := container.MappedPort(ctx, port)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(host, mapped.Port()), nil
}

// engineAnswers asks the container engine. The library panics if it finds none.
func engineAnswers(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	provider, err := testcontainers.ProviderDocker.GetProvider()
	if err != nil {
		return err
	}
	defer provider.Close()
	return provider.Health(ctx)
}

// database returns how to reach Oracle, and the driver's own pool for what the
// store does not offer.
func database(t *testing.T) (sqlstore.Config, *sql.DB) {
	t.Helper()
	c, err := config()
	if errors.Is(err, errNoOracle) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var p godror.ConnectionParams
	p.Username, p.Password, p.ConnectString = c.User, godror.NewPassword(c.Password.Reveal()), c.DSN
	p.StandaloneConnection = dsn.Bool(true)
	db := sql.OpenDB(godror.NewConnector(p))
	t.Cleanup(func() { db.Close() })
	if err := db.PingContext(t.Context()); err != nil {
		if strings.Contains(err.Error(), "DPI-1047") {
			t.Skipf("Oracle's client library is not installed: %v", err)
		}
		t.Fatal(err)
	}
	return c, db
}

// empty drops everything in the user's schema.
func empty(t *testing.T, db *sql.DB) {
	t.Helper()
	drops := query(t, db, `SELECT 'DROP TABLE "' || table_name || '" CASCADE CONSTRAINTS PURGE' FROM user_tables WHERE nested = 'NO' AND secondary = 'N'
		UNION ALL SELECT 'DROP SEQUENCE "' || sequence_name || '"' FROM user_sequences WHERE sequence_name NOT LIKE 'ISEQ$$%'`)
	for _, drop := range drops {
		if _, err := db.ExecContext(t.Context(), drop); err != nil {
			t.Fatalf("%s: %v", drop, err)
		}
	}
}

func query(t *testing.T, db *sql.DB, text string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
