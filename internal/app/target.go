package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"tradewind/internal/edge/httpapi"
)

// worker is the target that delivers events and does the jobs.
const workerTarget httpapi.Target = "worker"

// targets are what one process is for.
type targets []httpapi.Target

func (t targets) has(one httpapi.Target) bool { return slices.Contains(t, one) }

// api are the targets that answer requests.
func (t targets) api() []httpapi.Target {
	out := []httpapi.Target{}
	for _, x := range t {
		if x != workerTarget {
			out = append(out, x)
		}
	}
	return out
}

// targets reads -target.
func (c Config) targets() (targets, error) {
	every := append(targets(slices.Clone(httpapi.Targets)), workerTarget)
	var out targets
	for name := range strings.SplitSeq(c.Target, ",") {
		switch t := httpapi.Target(strings.TrimSpace(name)); {
		case t == "all":
			out = append(out, every...)
		case slices.Contains(every, t):
			out = append(out, t)
		default:
			return nil, fmt.Errorf("target has %q; it may be product, user, cart, order, payment, worker or all, several with commas between", name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// validateTargets says what a process of those targets lacks.
func (c Config) validateTargets() error {
	t, err := c.targets()
	if err != nil {
		return err
	}
	var errs []error
	if c.SearchEngine == engineEmbedded && t.has(httpapi.Product) != t.has(workerTarget) {
		errs = append(errs, fmt.Errorf("target is %s; the embedded search index has one owner, so product and worker must be in one process, such as product,worker, or share an index with search.engine=opensearch", c.Target))
	}
	if t.has(workerTarget) && !t.has(httpapi.Payment) && c.PaymentURL == "" {
		errs = append(errs, fmt.Errorf("target is %s, which needs the payment service: set payment.service-url, such as http://payment:8082", c.Target))
	}
	if u, err := url.Parse(c.PaymentURL); c.PaymentURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, fmt.Errorf("payment.service-url is %q; write an address such as http://payment:8082", c.PaymentURL))
	}
	if c.PaymentAddr != "" {
		if _, _, err := net.SplitHostPort(c.PaymentAddr); err != nil {
			errs = append(errs, fmt.Errorf("payment.service-addr is %q; write host:port, such as :8082", c.PaymentAddr))
		}
	} else if t.has(httpapi.Payment) && !t.has(workerTarget) {
		errs = append(errs, fmt.Errorf("target is %s; the worker needs payment.service-addr, where the payment service answers it, such as :8082", c.Target))
	}
	return errors.Join(errs...)
}
