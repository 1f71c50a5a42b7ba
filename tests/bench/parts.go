package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// parts say how that is measured which may stand around a shop.
type parts struct {
	bin      string
	time     time.Duration // of each measurement, in rounds
	conns    int
	orders   int // whose events wait for the worker
	rate     int // orders a second while it works
	profiles string
}

var partNames = []string{"outbox", "services", "redis", "search"}

// errMissing says that this machine lacks what a part needs.
var errMissing = errors.New("skipped")

func partsMain(args []string) error {
	fs := flag.NewFlagSet("bench parts", flag.ExitOnError)
	var p parts
	fs.StringVar(&p.bin, "bin", "bin/tradewind", "the binary to measure")
	fs.DurationVar(&p.time, "time", 4*time.Second, "time of each measurement")
	fs.IntVar(&p.conns, "conns", 0, "connections; 0 for 16")
	fs.IntVar(&p.orders, "orders", 0, "orders whose two events wait for the worker; 0 for 30,000")
	fs.IntVar(&p.rate, "rate", 0, "orders a second that come while it works; 0 for 1,000")
	fs.StringVar(&p.profiles, "profiles", "", "folder for a CPU profile of each worker")
	only := fs.String("only", strings.Join(partNames, ","), "parts to measure")
	if err := fs.Parse(args); err != nil {
		return err
	}
	var err error
	if p.bin, err = filepath.Abs(p.bin); err != nil {
		return err
	}
	return measureParts(p, strings.Split(*only, ","))
}

// measureParts measures one part after the other. One that cannot be measured
// here says why.
func measureParts(p parts, names []string) error {
	for value, usual := range map[*int]int{&p.conns: 16, &p.orders: 30_000, &p.rate: 1000} {
		if *value == 0 {
			*value = usual
		}
	}
	of := map[string]func(parts) error{"outbox": benchOutbox, "services": benchServices, "redis": benchRedis, "search": benchSearch}
	for _, name := range names {
		do, known := of[name]
		if !known {
			return fmt.Errorf("there is no part %q; choose of %s", name, strings.Join(partNames, ","))
		}
		began := time.Now()
		err := do(p)
		if errors.Is(err, errMissing) {
			fmt.Printf("\n%s: %v\n", name, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(os.Stderr, "bench: %s took %v\n", name, time.Since(began).Round(time.Second))
	}
	return nil
}

// seeded is a closed shop of that many products in a folder of its own.
func seeded(bin string, products int) (dir string, err error) {
	if dir, err = folder(); err != nil {
		return "", err
	}
	_, err = output(dir, bin, "seed", "-products", strconv.Itoa(products), "-stock", "10000000")
	return dir, err
}

// opened is a shop on the data of a folder.
func opened(bin, dir string, more ...string) (*shop, error) {
	s := &shop{dir: dir, addr: freeAddr(), ops: freeAddr()}
	if err := s.run(bin, more...); err != nil {
		return nil, err
	}
	return s, nil
}

// ready waits until the search finds something and nothing is left to deliver.
func (s *shop) ready() error {
	if err := s.until("/v1/search?q=harbour&limit=1", func(body []byte) bool { return field(body, "slug") != "" }); err != nil {
		return err
	}
	return s.drained()
}

// rounds is how often contenders take turns, so that whatever else the machine
// does meanwhile meets all of them.
const rounds = 3

// contender is one of several shops that are asked the same.
type contender struct {
	name string
	target
	beside []int // processes of Redis or the load balancer
}

// versus asks all of them the same by turns and prints a row: what the first
// does, and the others against it.
func versus(p parts, list []contender, sc scenario) error {
	sums, besides := make([]figures, len(list)), make([]time.Duration, len(list))
	for _, c := range list { // what a shop that runs has been asked before
		run(c.target, p.conns, time.Second, sc.iterate) //nolint:errcheck // the rounds below say what is wrong
	}
	for range rounds {
		for i, c := range list {
			before := cpuOf(c.beside...)
			f, err := run(c.target, p.conns, max(time.Second/2, p.time/rounds), sc.iterate)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", sc.name, c.name, err)
			}
			besides[i] += (cpuOf(c.beside...) - before) * 5 / 6 // the warm-up is not counted
			sums[i].and(f)
		}
	}
	for i, f := range sums {
		helper := "–"
		if len(list[i].beside) > 0 {
			helper = ms(besides[i] / time.Duration(len(f.took)))
		}
		fmt.Printf("| %s | %s | %.0f | %s | %s | %s | %s | %d | %.2f |\n", sc.name, list[i].name, f.PerSecond, ms(f.P50), ms(f.P99), ms(f.CPU), helper, f.Errors, f.PerSecond/sums[0].PerSecond)
		if f.FirstError != nil {
			fmt.Fprintf(os.Stderr, "bench: %s, %s: first error: %v\n", sc.name, list[i].name, f.FirstError)
		}
	}
	return nil
}

// heading begins the table of versus.
func heading(title, beside string, p parts) {
	fmt.Printf("\n### %s\n\n%d connections, %d rounds by turns\n\n| scenario | | per second | p50 ms | p99 ms | CPU ms | %s CPU ms | errors | ratio |\n|---|---|---|---|---|---|---|---|---|\n", title, p.conns, rounds, beside)
}
