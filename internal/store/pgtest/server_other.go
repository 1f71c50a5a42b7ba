//go:build !linux

package pgtest

import "errors"

type server struct{ dir string }

const superuser = "tradewind"

// startServer needs a signal that follows the parent's death, which only Linux
// has: elsewhere a killed test would leave a server behind.
func startServer() (*server, error) {
	return nil, errors.Join(errNotInstalled, errors.New("tests start PostgreSQL on Linux only"))
}
