package app

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"tradewind/internal/edge/httpapi"
)

// Services are the targets that answer requests, by name.
func Services() (names []string) {
	for _, t := range httpapi.Targets {
		names = append(names, string(t))
	}
	return names
}

// Balancer is a configuration of HAProxy that listens at listen and makes one
// shop of the processes of each service: host:port/port of -ops.addr, several
// with commas between.
func Balancer(listen string, behind bool, processes map[string]string) (string, error) {
	servers := map[httpapi.Target][]httpapi.Server{}
	for _, name := range Services() {
		for text := range strings.SplitSeq(processes[name], ",") {
			s, err := serverOf(strings.TrimSpace(text))
			if err != nil {
				return "", fmt.Errorf("-%s %q: %w; write such as 10.0.0.7:8080/8081", name, text, err)
			}
			servers[httpapi.Target(name)] = append(servers[httpapi.Target(name)], s)
		}
	}
	return httpapi.Balancer(listen, behind, servers), nil
}

func serverOf(text string) (s httpapi.Server, err error) {
	addr, port, _ := strings.Cut(text, "/")
	host, shop, err := net.SplitHostPort(addr)
	if err != nil {
		return s, err
	}
	for _, p := range []string{shop, port} {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return s, fmt.Errorf("%q is no port", p)
		}
	}
	if host == "" || strings.ContainsAny(host, " \t\n\"'#\\") {
		return s, fmt.Errorf("%q is no host", host)
	}
	s.Addr = addr
	s.OpsPort, _ = strconv.Atoi(port)
	return s, nil
}
