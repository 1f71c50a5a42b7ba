package httpapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// clientIP says from where the request comes: the other end of the connection,
// or, as long as that is a proxy of ours, what it says in X-Forwarded-For, read
// from the end: what stands further in front anybody can write.
func (a *API) clientIP(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	ip := at.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.trusts(ip); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = next.Unmap()
	}
	return ip
}

func (a *API) trusts(ip netip.Addr) bool {
	for _, p := range a.proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// networks reads CIDRs with commas between.
func networks(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for s := range strings.SplitSeq(text, ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("http.trusted-proxies: %w; write networks such as 10.0.0.0/8", err)
		}
		out = append(out, p)
	}
	return out, nil
}
