// Command engines runs a command with Oracle, OpenSearch and Redis at hand:
//
//	go run -tags containers ./tests/engines oracle opensearch redis -- go test ./tests/...
//
// An engine whose address is in the environment is used as it is. Any other is
// started in a container by testcontainers, all at once, and ends with the
// command. Those that cannot be had are told on standard error, with the reason,
// and the command runs without them, unless TRADEWIND_TEST_REQUIRE has them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// engine is one that tests can use.
type engine struct {
	variable string // where its address is told
	// start returns the address of one in a container, and how to end it.
	start func(ctx context.Context) (address string, stop func() error, err error)
}

var engines = map[string]engine{
	"oracle":     {"TRADEWIND_TEST_ORACLE_DSN", startOracle},
	"opensearch": {"TRADEWIND_TEST_OPENSEARCH_URL", startOpenSearch},
	"redis":      {"TRADEWIND_TEST_REDIS_URL", startRedis},
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	cancel()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() > 0 {
		os.Exit(ended.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "engines:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	wanted, command, found := cut(args)
	if !found || len(command) == 0 {
		return errors.New("write the engines, -- and a command, such as: oracle redis -- go test ./tests/oracle")
	}
	var missing []string
	stops, there, err := startAll(ctx, wanted, &missing)
	defer func() {
		for _, stop := range stops {
			if err := stop(); err != nil {
				fmt.Fprintln(os.Stderr, "engines:", err)
			}
		}
	}()
	if err != nil {
		return err
	}
	for _, line := range missing {
		fmt.Fprintln(os.Stderr, "engines:", line)
	}
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), "TRADEWIND_TEST_ENGINES="+strings.Join(there, " "))
	return c.Run()
}

func cut(args []string) (before, after []string, found bool) {
	i := slices.Index(args, "--")
	if i < 0 {
		return nil, nil, false
	}
	return args[:i], args[i+1:], true
}

// startAll sees to it that the wanted engines are there, and says which are.
// It returns how to stop those that it started, also with an error.
func startAll(ctx context.Context, wanted []string, missing *[]string) (stops []func() error, there []string, err error) {
	required := strings.Fields(os.Getenv("TRADEWIND_TEST_REQUIRE"))
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, name := range wanted {
		e, ok := engines[name]
		if !ok {
			return nil, nil, fmt.Errorf("there is no engine %q; choose from oracle, opensearch and redis", name)
		}
		all.Go(func() {
			address, stop, failed := os.Getenv(e.variable), (func() error)(nil), error(nil)
			if address == "" {
				address, stop, failed = e.start(ctx)
			}
			mu.Lock()
			defer mu.Unlock()
			if stop != nil {
				stops = append(stops, stop)
			}
			if failed == nil {
				failed = os.Setenv(e.variable, address)
			}
			switch {
			case failed == nil:
				there = append(there, name)
			case slices.Contains(required, name) || !errors.Is(failed, errNoEngine):
				err = errors.Join(err, fmt.Errorf("%s: %w", name, failed))
			default:
				*missing = append(*missing, fmt.Sprintf("%s is skipped: %s is not set, and %v", name, e.variable, failed))
			}
		})
	}
	all.Wait()
	slices.Sort(there)
	slices.Sort(*missing)
	return stops, there, err
}

// errNoEngine is why a container cannot be started.
var errNoEngine = errors.New("no container engine answers")
