package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// fleetTargets are the services of a shop where database and search index are
// embedded: the index has one owner, so product and worker are one process.
var fleetTargets = []string{"product,worker", "user", "cart", "order", "payment"}

// benchServices compares one process, the same behind HAProxy, and a process for
// each service behind HAProxy.
func benchServices(p parts) error {
	haproxy, err := found("haproxy")
	if err != nil {
		return fmt.Errorf("%w: there is no haproxy", errMissing)
	}
	one, err := seeded(p.bin, 374)
	if err != nil {
		return err
	}
	many, err := copied(one)
	if err != nil {
		return err
	}
	single, err := opened(p.bin, one, "-http.trusted-proxies", "127.0.0.0/8")
	if err != nil {
		return err
	}
	defer single.end()
	if err := single.ready(); err != nil {
		return err
	}
	front, proxy, err := balanced(p.bin, haproxy, one, map[string]*shop{"all": single})
	if err != nil {
		return err
	}
	fleet, err := opensFleet(p.bin, many)
	if err != nil {
		return err
	}
	for _, s := range fleet {
		defer s.end()
	}
	fleetFront, fleetProxy, err := balanced(p.bin, haproxy, many, fleet)
	if err != nil {
		return err
	}
	var pids []int
	for _, s := range fleet {
		pids = append(pids, s.cmd.Process.Pid)
	}
	list := []contender{
		{name: "one process", target: single.target()},
		{name: "one behind HAProxy", target: target{[]string{front}, single.target().pids}, beside: []int{proxy}},
		{name: fmt.Sprintf("%d processes behind HAProxy", len(fleet)), target: target{[]string{fleetFront}, pids}, beside: []int{fleetProxy}},
	}
	goods, err := single.goodsOf()
	if err != nil {
		return err
	}
	heading("Services", "HAProxy's", p)
	for _, sc := range []scenario{goods.pages(), goods.lists(), goods.cartMade(), goods.checkouts()} {
		if err := versus(p, list, sc); err != nil {
			return err
		}
	}
	return nil
}

// opensFleet opens a process for each service on the data of a folder.
func opensFleet(bin, dir string) (map[string]*shop, error) {
	link := freeAddr()
	fleet := map[string]*shop{}
	for _, name := range fleetTargets {
		more := []string{"-target", name, "-http.trusted-proxies", "127.0.0.0/8", "-payment.service-url", "http://" + link}
		if name == "payment" {
			more = append(more, "-payment.service-addr", link)
		}
		s, err := opened(bin, dir, more...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fleet[name] = s
	}
	return fleet, fleet[fleetTargets[0]].ready()
}

// balanced starts HAProxy in front of services, with the configuration that we
// ship, and says where it listens and which process it is.
func balanced(bin, haproxy, dir string, services map[string]*shop) (addr string, pid int, err error) {
	addr = freeAddr()
	args := []string{"balancer", "-listen", addr}
	for _, name := range []string{"product", "user", "cart", "order", "payment"} {
		for targets, s := range services {
			if targets == "all" || slices.Contains(strings.Split(targets, ","), name) {
				_, port, _ := strings.Cut(s.ops, ":")
				args = append(args, "-"+name, s.addr+"/"+port)
			}
		}
	}
	text, err := output(dir, bin, args...)
	if err != nil {
		return "", 0, err
	}
	config := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return "", 0, err
	}
	log, err := os.Create(filepath.Join(dir, "haproxy.log"))
	if err != nil {
		return "", 0, err
	}
	defer log.Close()
	c := exec.Command(haproxy, "-db", "-f", config)
	c.Stdout, c.Stderr = log, log
	if _, err := begin(c); err != nil {
		return "", 0, err
	}
	front := &shop{addr: addr}
	for _, path := range []string{"/v1/products?limit=1", "/v1/carts/none", "/v1/orders/none", "/v1/orders/none/payment"} {
		if err := front.reached(path); err != nil {
			return "", 0, err
		}
	}
	return addr, c.Process.Pid, nil
}

// reached waits until the balancer passes requests on to whom the path belongs.
func (s *shop) reached(path string) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		c, err := dial(s.addr)
		if err != nil {
			continue
		}
		status, _, err := c.do(request("GET", path, "", nil))
		c.net.Close()
		if err == nil && status < 500 {
			return nil
		}
	}
	return fmt.Errorf("the balancer never reached %s", path)
}
