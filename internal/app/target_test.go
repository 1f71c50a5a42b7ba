package app

import (
	"strings"
	"testing"
)

func TestTargetsSayWhatTheyLack(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		want  string // "" for nothing
	}{
		"the whole shop":                {nil, ""},
		"all, by name":                  {[]string{"-target", "product,user,cart,order,payment,worker"}, ""},
		"cart alone":                    {[]string{"-target", "cart"}, ""},
		"two of them, with a blank":     {[]string{"-target", "cart, user"}, ""},
		"no such service":               {[]string{"-target", "cart,basket"}, "it may be product, user, cart, order, payment, worker or all"},
		"nothing":                       {[]string{"-target", ""}, "target has"},
		"product without worker":        {[]string{"-target", "product"}, "product and worker must be in one process"},
		"product beside a shared index": {[]string{"-target", "product", "-search.engine", "opensearch", "-opensearch.url", "http://search:9200"}, ""},
		"worker that cannot pay":        {[]string{"-target", "product,worker"}, "payment.service-url"},
		"worker that can":               {[]string{"-target", "product,worker", "-payment.service-url", "http://pay:8082"}, ""},
		"payment that nobody can ask":   {[]string{"-target", "payment"}, "payment.service-addr"},
		"payment that answers":          {[]string{"-target", "payment", "-payment.service-addr", ":8082"}, ""},
		"an address that is none":       {[]string{"-payment.service-url", "pay:8082"}, "write an address such as"},
		"a place to listen that is not": {[]string{"-payment.service-addr", "8082"}, "write host:port"},
		"a drain without end":           {[]string{"-shutdown.drain", "1h"}, "shutdown.drain"},
	} {
		got, _, err := Load("serve", c.flags, nil, nil)
		if err == nil {
			err = got.Validate()
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestBalancersNeedAddresses(t *testing.T) {
	all := map[string]string{}
	for _, name := range Services() {
		all[name] = "10.0.0.1:8080/8081, 10.0.0.2:8080/8081"
	}
	text, err := Balancer(":80", false, all)
	if err != nil || !strings.Contains(text, "server cart2 10.0.0.2:8080 port 8081") || !strings.Contains(text, "default_backend product") {
		t.Errorf("%v:\n%s", err, text)
	}
	for name, wrong := range map[string]string{"nothing": "", "no port": "10.0.0.1/8081", "no probe": "10.0.0.1:8080", "a port too high": "10.0.0.1:80800/8081", "a second line": "a\n  server b:80/81", "no host": ":8080/8081"} {
		all["cart"] = wrong
		if _, err := Balancer(":80", false, all); err == nil || !strings.Contains(err.Error(), "-cart") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
