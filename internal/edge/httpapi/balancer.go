package httpapi

import (
	"fmt"
	"strings"
)

// Server is a process of a service: where it answers shoppers, and the port of
// the same host where it answers probes.
type Server struct {
	Addr    string
	OpsPort int
}

// Balancer returns a configuration of HAProxy (2.4 or later) that makes one shop
// of the servers of each service. listen is where it listens, such as
// "127.0.0.1:8080". A request goes to another server if the connection to the
// first one fails; one that was sent is never sent again. HAProxy itself answers
// /healthz, and /readyz: 200 while each service has a process that is ready, else 503. Behind
// another balancer it adds to X-Forwarded-For, else it says itself where a
// request comes from.
func Balancer(listen string, behind bool, servers map[Target][]Server) string {
	from := "set-header"
	if behind {
		from = "add-header"
	}
	var whole strings.Builder
	for _, t := range Targets {
		fmt.Fprintf(&whole, " { nbsrv(%s) ge 1 }", t)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `# One shop of several services; made by "tradewind balancer".
global
    maxconn 4000

defaults
    mode http
    timeout connect 2s
    timeout client 65s
    timeout server 65s
    timeout queue 5s
    timeout check 1s
    timeout http-keep-alive 60s
    option redispatch 1
    retries 3
    retry-on conn-failure
    http-reuse safe

frontend shop
    bind %s
    http-request return status 200 content-type text/plain string running if { path /healthz }
    http-request return status 200 content-type text/plain string ready if { path /readyz }%s
    http-request return status 503 content-type text/plain string "a service is missing" if { path /readyz }
    http-request %s X-Forwarded-For %%[src]
`, listen, whole.String(), from)
	for _, r := range Rules[:len(Rules)-1] {
		fmt.Fprintf(&b, "    use_backend %s if { path -m reg '%s' }\n", r.Target, r.Path)
	}
	fmt.Fprintf(&b, "    default_backend %s\n", Rules[len(Rules)-1].Target)
	for _, t := range Targets {
		fmt.Fprintf(&b, "\nbackend %s\n    balance leastconn\n    option httpchk GET /readyz\n    default-server check inter 500ms fastinter 200ms fall 2 rise 1\n", t)
		for i, s := range servers[t] {
			fmt.Fprintf(&b, "    server %s%d %s port %d\n", t, i+1, s.Addr, s.OpsPort)
		}
	}
	return b.String()
}
