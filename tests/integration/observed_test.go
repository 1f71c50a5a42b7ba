package integration

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"go.yaml.in/yaml/v3"

	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/app"
)

// expressions are all of dashboards and rules, by where they are.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	boards, _ := filepath.Glob("../../infra/observability/grafana/dashboards/*.json")
	for _, f := range boards {
		var d struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr, RefID string }
			}
		}
		text, err := os.ReadFile(f)
		if err == nil {
			err = json.Unmarshal(text, &d)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				all[filepath.Base(f)+": "+p.Title+" "+q.RefID] = q.Expr
			}
		}
	}
	rules, _ := filepath.Glob("../../infra/observability/prometheus/*.rules.yml")
	for _, f := range rules {
		var d struct {
			Groups []struct {
				Rules []struct {
					Record, Alert, Expr string
					Labels              map[string]string
				}
			}
		}
		text, err := os.ReadFile(f)
		if err == nil {
			err = yaml.Unmarshal(text, &d)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range d.Groups {
			for _, r := range g.Rules {
				all[filepath.Base(f)+": "+r.Record+r.Alert+" "+r.Labels["slo"]+r.Labels["window"]] = r.Expr
			}
		}
	}
	if len(all) < 150 {
		t.Fatalf("only %d expressions", len(all))
	}
	return all
}

// exposed are the labels that a scrape has, by the name of the metric.
func exposed(scrape string) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	line := regexp.MustCompile(`^([a-z_]+)(?:\{(.*)\})? `)
	label := regexp.MustCompile(`([a-z_]+)="`)
	for l := range strings.Lines(scrape) {
		if m := line.FindStringSubmatch(l); m != nil {
			if all[m[1]] == nil {
				all[m[1]] = map[string]bool{}
			}
			for _, n := range label.FindAllStringSubmatch(m[2], -1) {
				all[m[1]][n[1]] = true
			}
		}
	}
	return all
}

// source is all of the program, for metrics that appear only when something happens.
func source(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir("../../internal", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			text, err := os.ReadFile(path)
			b.Write(text)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	selector = regexp.MustCompile(`\b((?:tradewind|process|go)_[a-z_]+|up|ALERTS|tradewind:[a-z0-9_:]+)\b(?:\{([^}]*(?:\\\\[{}][^}]*)*)\})?`)
	matched  = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)`)
	grouped  = regexp.MustCompile(`\b(?:by|on) \(([^)]*)\)`)
	quoted   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
)

// Every metric and label that a dashboard or a rule names is one that the running
// program exposes.
func TestDashboardsAndRulesNameWhatTheProgramExposes(t *testing.T) {
	server := ocitest.New(t)
	tell := watched(t, server)
	s := openShop(t, func(c *app.Config) {
		tell(c)
		onMiniredis(miniredis.RunT(t))(c)
	})
	paid, declined := s.placed(t, "MU01-ALMA-SAND"), s.placed(t, "MU01-ALMA-RUST")
	s.pays(t, declined, "tok_declined", 402, "payment-declined")
	s.pays(t, paid, "tok_ok", 200, "")
	fetch(t, s.URL+"/v1/search?q=mug")
	eventually(t, "the money is counted", func() bool {
		_, text := fetch(t, s.OpsURL+"/metrics")
		return strings.Contains(text, "tradewind_revenue_minor_total{")
	})
	_, text := fetch(t, s.OpsURL+"/metrics")
	have, code := exposed(text), source(t)
	seen := 0
	for where, expr := range expressions(t) {
		labels := map[string]bool{"job": true, "instance": true, "slo": true, "alertname": true, "alertstate": true, "severity": true, "owner": true}
		loose := false
		bare := quoted.ReplaceAllString(expr, `""`)
		for _, m := range selector.FindAllStringSubmatch(bare, -1) {
			name := m[1]
			own, ok := have[name]
			switch base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum"); {
			case ok:
				seen++
				maps.Copy(labels, own)
			case name == "up" || name == "ALERTS" || strings.HasPrefix(name, "tradewind:"):
			case strings.Contains(code, `"`+base+`"`): // nothing has happened yet that it counts
				loose = true
			default:
				t.Errorf("%s: the program has no %s", where, name)
			}
			for _, l := range matched.FindAllStringSubmatch(m[2], -1) {
				if ok && !own[l[1]] && l[1] != "job" {
					t.Errorf("%s: %s has no label %s", where, name, l[1])
				}
			}
		}
		for _, g := range grouped.FindAllStringSubmatch(bare, -1) {
			for _, l := range strings.Split(g[1], ",") {
				if l = strings.TrimSpace(l); !labels[l] && !loose {
					t.Errorf("%s: nothing in %s has a label %s", where, expr, l)
				}
			}
		}
	}
	if seen < 120 {
		t.Errorf("only %d metrics were seen in the scrape", seen)
	}
	// Routes of rules are as the program writes them.
	for _, want := range []string{`route="/v1/orders/{id}/payment"`, `route="/v1/carts"`, `route="/v1/checkout"`, `route="/v1/search"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the scrape has no %s", want)
		}
	}
	if names := slices.Sorted(maps.Keys(have)); len(names) < 80 {
		t.Errorf("only %d metrics", len(names))
	}
}

// Asked of a real Prometheus that scrapes a shop: see scripts/obs-live.sh.
func TestALivePrometheusAnswersEveryExpression(t *testing.T) {
	at := os.Getenv("TRADEWIND_TEST_PROMETHEUS_URL")
	if at == "" {
		t.Skip("make obs-live starts a Prometheus for this")
	}
	answered := map[string]bool{}
	for where, expr := range expressions(t) {
		status, body := fetch(t, at+"/api/v1/query?query="+url.QueryEscape(expr))
		var out struct {
			Status, Error string
			Data          struct{ Result []any }
		}
		if err := json.Unmarshal([]byte(body), &out); err != nil || status != 200 || out.Status != "success" {
			t.Errorf("%s: %d %s %v", where, status, out.Error, err)
		}
		answered[where] = len(out.Data.Result) > 0
	}
	empty := slices.DeleteFunc(slices.Sorted(maps.Keys(answered)), func(where string) bool { return answered[where] })
	t.Logf("%d of %d have an answer; none: %s", len(answered)-len(empty), len(answered), strings.Join(empty, "; "))
	for _, where := range []string{"tradewind-shop.json: Orders A", "tradewind-services.json: Requests by service A", "tradewind-services.json: Slowest routes A", "tradewind-database.json: Slowest statements A",
		"tradewind-queues.json: Oldest A", "tradewind-search.json: Searches A", "tradewind-infrastructure.json: CPU A", "tradewind-slo.json: How fast budgets go A", "tradewind-slo.json: browse-available A",
		"tradewind-slo.json: outbox-fresh A", "tradewind-cache.json: Remembered A"} {
		if !answered[where] {
			t.Errorf("%s has no answer", where)
		}
	}
	_, firing := fetch(t, at+"/api/v1/query?query="+url.QueryEscape(`ALERTS{alertstate="firing",severity="page"}`))
	if strings.Contains(firing, "alertname") {
		t.Errorf("a shop that is well wakes somebody: %s", firing)
	}
}
