package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"strconv"
	"strings"

	"tradewind/internal/edge/httpapi"
)

// balancer handles `tradewind balancer`: it prints a configuration of HAProxy.
func balancer(_ context.Context, args []string) error {
	fs := flag.NewFlagSet("tradewind balancer", flag.ContinueOnError)
	listen := fs.String("listen", ":8080", "where HAProxy listens")
	given := map[httpapi.Target]*string{}
	for _, t := range httpapi.Targets {
		given[t] = fs.String(string(t), "", "processes of this service, host:port/port of -ops.addr, several with commas between")
	}
	if err := fs.Parse(args); err != nil {
		return err
	}
	servers := map[httpapi.Target][]httpapi.Server{}
	for _, t := range httpapi.Targets {
		for text := range strings.SplitSeq(*given[t], ",") {
			s, err := serverOf(text)
			if err != nil {
				return fmt.Errorf("-%s %q: %w; write such as 10.0.0.7:8080/8081", t, text, err)
			}
			servers[t] = append(servers[t], s)
		}
	}
	fmt.Print(httpapi.Balancer(*listen, servers))
	return nil
}

func serverOf(text string) (s httpapi.Server, err error) {
	addr, port, _ := strings.Cut(strings.TrimSpace(text), "/")
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return s, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return s, fmt.Errorf("%q is no port", port)
	}
	return httpapi.Server{Addr: addr, OpsPort: int(n)}, nil
}
