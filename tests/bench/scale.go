package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/service/account/accounttest"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// scaleMain compares a small shop with a large one, row by row: how much slower
// does it become with its catalogue and its past? Answers are not remembered, so
// that each is made of the database. It is run by `make bench-scale`.
func scaleMain(args []string) error {
	fs := flag.NewFlagSet("bench scale", flag.ExitOnError)
	bin := fs.String("bin", "bin/tradewind", "the binary to measure")
	small := fs.Int("small", 1000, "products and orders of the small shop")
	large := fs.Int("large", 1_000_000, "products and orders of the large shop")
	data := fs.String("data", "", "folder in which the large shop was seeded before; it is made, and kept, if it is missing")
	conns := fs.Int("conns", 4, "connections")
	only := fs.String("only", "", "measure only scenarios whose name contains this")
	d := fs.Duration("time", 4*time.Second, "time of each measurement, after a warm-up of a fifth of it")
	if err := fs.Parse(args); err != nil {
		return err
	}
	path, err := filepath.Abs(*bin)
	if err != nil {
		return err
	}
	before, err := measured(path, "", *small, *conns, *d, *only)
	if err != nil {
		return fmt.Errorf("small shop: %w", err)
	}
	after, err := measured(path, *data, *large, *conns, *d, *only)
	if err != nil {
		return fmt.Errorf("large shop: %w", err)
	}
	fmt.Printf("| scenario (cache off, %d connections) | %d: per second | p99 ms | %d: per second | p99 ms | large / small |\n|---|---|---|---|---|---|\n", *conns, *small, *large)
	for i, a := range after {
		b := before[i]
		fmt.Printf("| %s | %.0f | %s | %.0f | %s | %.2f |\n", a.name, b.PerSecond, ms(b.P99), a.PerSecond, ms(a.P99), a.PerSecond/b.PerSecond)
	}
	return nil
}

// row is what one scenario came to.
type row struct {
	name string
	figures
}

// measured seeds a shop, unless it is there, opens it and measures everything.
func measured(bin, dir string, size, conns int, d time.Duration, only string) ([]row, error) {
	if dir == "" {
		var err error
		if dir, err = folder(); err != nil {
			return nil, err
		}
	}
	s := &shop{dir: dir, addr: freeAddr(), ops: freeAddr()}
	db := filepath.Join(dir, "data", "tradewind.db")
	if _, err := os.Stat(db); errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		seed := exec.Command(bin, "seed", "-products", strconv.Itoa(size), "-orders", strconv.Itoa(size), "-customers", strconv.Itoa(size/5))
		seed.Dir, seed.Stderr = dir, os.Stderr
		if err := seed.Run(); err != nil {
			return nil, fmt.Errorf("seed: %w", err)
		}
	}
	staff, err := clerk(db)
	if err != nil {
		return nil, err
	}
	if err := s.run(bin, "-http.cache-for=0s", "-shutdown.grace=60s"); err != nil {
		return nil, err
	}
	defer s.end()
	began := time.Now()
	if err := s.indexed(); err != nil {
		return nil, err
	}
	if err := s.drained(); err != nil {
		return nil, err
	}
	rss, _ := rssOf(s.cmd.Process.Pid)
	fmt.Printf("%d products and orders: search index ready after %v, RSS %d MB\n", size, time.Since(began).Round(time.Second), rss>>20)
	list, err := s.scenarios()
	if err != nil {
		return nil, err
	}
	office, err := s.office(staff)
	if err != nil {
		return nil, err
	}
	var out []row
	for _, sc := range append(list, office...) {
		if !strings.Contains(sc.name, only) {
			continue
		}
		for _, path := range sc.paths { // what a shop that runs has been asked before
			if _, err := s.get(path); err != nil {
				return nil, fmt.Errorf("%s: %w", sc.name, err)
			}
		}
		f, err := run(s.target(), conns, d, sc.iterate)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sc.name, err)
		}
		if f.FirstError != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %d errors, the first: %v\n", sc.name, f.Errors, f.FirstError)
		}
		out = append(out, row{sc.name, f})
	}
	now, peak := rssOf(s.cmd.Process.Pid)
	fmt.Printf("%d products and orders: RSS loaded %d MB, peak %d MB\n\n", size, now>>20, peak>>20)
	return out, s.stop()
}

// indexed waits until the search finds something; a large catalogue takes a while.
func (s *shop) indexed() error {
	for deadline := time.Now().Add(60 * time.Minute); time.Now().Before(deadline); time.Sleep(time.Second) {
		if body, err := s.get("/v1/search?q=harbour&limit=1"); err == nil && field(body, "slug") != "" {
			return nil
		}
	}
	return errors.New("the search index was never ready")
}

// clerk signs somebody in who may see everything.
func clerk(db string) (string, error) {
	ctx := context.Background()
	open, err := sqlstore.Open(ctx, sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: db, PoolSize: 1}, migrations.FS, sqlstore.Options{})
	if err != nil {
		return "", err
	}
	_, tok, err := accounttest.Staff(ctx, open, time.Now().UTC().Truncate(time.Microsecond), "*")
	return tok, errors.Join(err, open.Close())
}

// office are the lists that staff look at.
func (s *shop) office(staff string) ([]scenario, error) {
	auth := "Authorization: Bearer " + staff + "\r\n"
	req, err := http.NewRequest("GET", "http://"+s.addr+"/v1/admin/orders?limit=100&status=delivered", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+staff)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	page, err := orderRowsOf(r)
	if err != nil || len(page) == 0 {
		return nil, errors.Join(errors.New("there are no delivered orders"), err)
	}
	asks := func(format string, of func(i int) string) iteration {
		return func(c *conn, worker, i int) error {
			return expect(200)(c.do(request("GET", fmt.Sprintf(format, of(worker*31+i*17)), auth, nil)))
		}
	}
	id := func(i int) string { return page[i%len(page)].ID }
	email := func(i int) string { return page[i%len(page)].Email }
	states := []string{"placed", "paid", "shipped", "delivered", "cancelled", "expired"}
	state := func(i int) string { return states[i%len(states)] }
	day := func(i int) string { return time.Now().AddDate(0, 0, -(i*37)%600).UTC().Format(time.DateOnly) }
	return []scenario{
		{"orders, newest from a day back", nil, asks("/v1/admin/orders?limit=50&until=%s", day)},
		{"orders in a state", nil, asks("/v1/admin/orders?limit=50&status=%s", state)},
		{"orders of an address", nil, asks("/v1/admin/orders?limit=50&email=%s", email)},
		{"an order with its timeline", nil, asks("/v1/admin/orders/%s/timeline", id)},
		{"products of staff, by state", nil, asks("/v1/admin/products?limit=50&status=%s", func(i int) string { return []string{"active", "draft", "archived"}[i%3] })},
	}, nil
}

// orderRowsOf reads a page of orders.
func orderRowsOf(r *http.Response) ([]struct{ ID, Email string }, error) {
	var page struct {
		Items []struct{ ID, Email string }
	}
	err := json.NewDecoder(r.Body).Decode(&page)
	return page.Items, err
}
