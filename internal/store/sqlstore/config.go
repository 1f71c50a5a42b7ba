package sqlstore

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// The engines that -db.engine takes.
const (
	EngineSQLite = "sqlite"
	EngineOracle = "oracle"
)

// Config says which database to open and how. Flags fills in the defaults,
// which open the embedded one.
type Config struct {
	Engine string
	Path   string // SQLite

	DSN          string // Oracle, and what follows
	User         string
	PasswordFile string
	Password     Secret // from the environment only: a flag would show in the process list
	Wallet       string
	MinTLS       bool

	PoolSize    int
	PoolWait    time.Duration
	SessionLife time.Duration
	CallTimeout time.Duration
	Connect     time.Duration
	StmtCache   int
	ReadOnly    bool   // nothing is changed
	Module      string // what Oracle's sessions are told that they belong to; no setting
}

// Secret is text that must not appear in logs. Reveal gives it.
type Secret string

func (Secret) String() string   { return "(hidden)" }
func (Secret) GoString() string { return "(hidden)" }

// MarshalText keeps the secret out of JSON and structured logs.
func (Secret) MarshalText() ([]byte, error) { return []byte("(hidden)"), nil }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Flags declares the settings. The password has no flag: it comes from
// -db.password-file or from TRADEWIND_DB_PASSWORD.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Engine, "db.engine", EngineSQLite, "the database: sqlite (embedded) or oracle")
	fs.StringVar(&c.Path, "db.path", "tradewind.db", "the embedded database's file; -wal and -shm files appear beside it")
	fs.BoolVar(&c.ReadOnly, "db.read-only", false, "change nothing: shoppers browse and see carts and orders, everything else is answered 503; for a standby, and while the database is looked after")
	fs.StringVar(&c.DSN, "db.dsn", "", "Oracle's connect string: host:port/service, a full (DESCRIPTION=...), or an alias of the wallet's tnsnames.ora")
	fs.StringVar(&c.User, "db.user", "", "Oracle's user")
	fs.StringVar(&c.PasswordFile, "db.password-file", "", "file with the user's password; without it the environment's TRADEWIND_DB_PASSWORD is used (secret)")
	fs.StringVar(&c.Wallet, "db.wallet", "", "directory of the unpacked wallet, if the database requires mutual TLS")
	fs.BoolVar(&c.MinTLS, "db.tls", true, "encrypt the connection to Oracle when db.dsn is host:port/service; without a wallet the server's certificate is checked against the system's")
	fs.IntVar(&c.PoolSize, "db.pool-size", 10, "Oracle sessions of this process, all opened at the start; replicas x this must stay under the database's limit. Also the embedded database's readers, at most two for each core and 8")
	fs.DurationVar(&c.PoolWait, "db.pool-wait", 5*time.Second, "how long to wait for a free Oracle session")
	fs.DurationVar(&c.SessionLife, "db.session-life", 45*time.Minute, "age at which an Oracle session is replaced")
	fs.DurationVar(&c.CallTimeout, "db.call-timeout", 15*time.Second, "deadline of a database call whose caller has none")
	fs.DurationVar(&c.Connect, "db.connect-timeout", 10*time.Second, "how long to try one address of Oracle")
	fs.IntVar(&c.StmtCache, "db.stmt-cache", 150, "Oracle statements kept parsed per session")
}

// Validate reports settings that cannot work.
func (c Config) Validate() error {
	switch c.Engine {
	case EngineSQLite:
		return c.validateSQLite()
	case EngineOracle:
		return c.validateOracle()
	}
	return fmt.Errorf("db.engine is %q; it must be %s or %s", c.Engine, EngineSQLite, EngineOracle)
}

func (c Config) validateSQLite() error {
	if c.Path == "" || strings.HasPrefix(c.Path, ":memory:") {
		return fmt.Errorf("db.path is %q; the embedded database needs a file, such as tradewind.db", c.Path)
	}
	if c.PoolSize < 1 {
		return fmt.Errorf("db.pool-size is %d; it must be at least 1", c.PoolSize)
	}
	return nil
}

func (c Config) validateOracle() error {
	switch {
	case c.DSN == "":
		return errors.New("db.dsn is empty; Oracle needs host:port/service, a descriptor or an alias of the wallet")
	case c.User == "":
		return errors.New("db.user is empty; Oracle needs a user")
	case c.PasswordFile == "" && c.Password == "":
		return errors.New("there is no password for Oracle; set db.password-file or TRADEWIND_DB_PASSWORD")
	case c.PoolSize < 1 || c.PoolSize > 1000:
		return fmt.Errorf("db.pool-size is %d; it must be between 1 and 1000", c.PoolSize)
	case c.CallTimeout < 100*time.Millisecond:
		return fmt.Errorf("db.call-timeout is %v; Oracle's client takes no less than 100ms", c.CallTimeout)
	case c.SessionLife <= 0 || c.SessionLife >= time.Hour:
		return fmt.Errorf("db.session-life is %v; it must be more than 0 and less than 1h, so that sessions follow a fail-over", c.SessionLife)
	case c.Connect < time.Second:
		return fmt.Errorf("db.connect-timeout is %v; it must be at least 1s", c.Connect)
	case c.PoolWait <= 0:
		return fmt.Errorf("db.pool-wait is %v; it must be more than 0", c.PoolWait)
	case c.StmtCache < 0:
		return fmt.Errorf("db.stmt-cache is %d; it must not be negative", c.StmtCache)
	}
	return nil
}

// password returns the user's password from where the settings say it is.
func (c Config) password() (Secret, error) {
	if c.PasswordFile == "" {
		return c.Password, nil
	}
	b, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("db.password-file: %w", err)
	}
	return Secret(strings.TrimRight(string(b), "\r\n")), nil
}
