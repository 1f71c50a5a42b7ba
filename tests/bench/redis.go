package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// benchRedis compares a shop without Redis, one with it, and two processes that
// share it; then the same where requests of each client are counted.
func benchRedis(p parts) error {
	program, err := found("redis-server")
	if err != nil {
		return fmt.Errorf("%w: there is no redis-server", errMissing)
	}
	dir, err := seeded(p.bin, 374)
	if err != nil {
		return err
	}
	redis, pid, err := startRedis(program, dir)
	if err != nil {
		return err
	}
	heading("Redis", "Redis's", p)
	if err := redisRows(p, dir, redis, pid, false); err != nil {
		return err
	}
	return redisRows(p, dir, redis, pid, true)
}

// startRedis starts a server that keeps nothing on disk.
func startRedis(program, dir string) (addr string, pid int, err error) {
	addr = freeAddr()
	host, port, _ := strings.Cut(addr, ":")
	c := exec.Command(program, "--port", port, "--bind", host, "--save", "", "--appendonly", "no", "--dir", dir)
	c.Stderr = os.Stderr
	if _, err := begin(c); err != nil {
		return "", 0, err
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if open, err := dial(addr); err == nil {
			open.net.Close()
			return addr, c.Process.Pid, nil
		}
	}
	return "", 0, fmt.Errorf("redis-server did not answer at %s", addr)
}

// redisRows opens the contenders, each on data of its own, and closes them.
func redisRows(p parts, dir, redis string, pid int, counted bool) error {
	limits, what := []string{}, ""
	if counted {
		limits, what = []string{"-http.limit-browsing", "1000000", "-http.trusted-proxies", "127.0.0.0/8"}, ", counted"
	}
	with := func(prefix string) []string {
		return append([]string{"-redis.addr", redis, "-redis.prefix", fmt.Sprintf("%s-%t:", prefix, counted)}, limits...)
	}
	var shops []*shop
	defer func() {
		for _, s := range shops {
			s.end()
		}
	}()
	open := func(more ...string) (*shop, error) {
		data, err := copied(dir)
		if err != nil {
			return nil, err
		}
		s, err := opened(p.bin, data, more...)
		if err == nil {
			shops = append(shops, s)
			err = s.ready()
		}
		return s, err
	}
	without, err := open(limits...)
	if err != nil {
		return err
	}
	one, err := open(with("one")...)
	if err != nil {
		return err
	}
	first, err := open(with("two")...)
	if err != nil {
		return err
	}
	// The embedded index has one owner, so the second process has an index of its own.
	second, err := opened(p.bin, first.dir, append(with("two"), "-fts.path", "data/second.db", "-sandboxpay.journal", "")...)
	if err != nil {
		return err
	}
	shops = append(shops, second)
	if err := second.ready(); err != nil {
		return err
	}
	list := []contender{{name: "without Redis", target: without.target()}, {name: "with Redis", target: one.target(), beside: []int{pid}},
		{name: "two processes share it", target: target{[]string{first.addr, second.addr}, []int{first.cmd.Process.Pid, second.cmd.Process.Pid}}, beside: []int{pid}}}
	g, err := without.goodsOf()
	if err != nil {
		return err
	}
	scenarios := []scenario{g.lists(), g.pages(), searches("search + facets", true, queries())}
	if counted {
		scenarios = scenarios[:1]
	}
	for _, sc := range scenarios {
		if counted {
			sc.iterate = fromMany(sc.paths)
		}
		sc.name += what
		if err := versus(p, list, sc); err != nil {
			return err
		}
	}
	return nil
}

// fromMany asks as a thousand clients behind a proxy, none of whom comes to its limit.
func fromMany(paths []string) iteration {
	var reqs [][]byte
	for i := range 1000 {
		reqs = append(reqs, request("GET", paths[i%len(paths)], fmt.Sprintf("X-Forwarded-For: 10.0.%d.%d\r\n", i/200, i%200+1), nil))
	}
	return func(c *conn, worker, i int) error { return expect(200)(c.do(reqs[(worker*31+i*17)%len(reqs)])) }
}
