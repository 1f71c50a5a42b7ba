package observability

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// tool runs a program of Prometheus, from the path or where
// scripts/install-prometheus.sh puts it. Without it the test is skipped, or fails
// if TRADEWIND_TEST_REQUIRE has "promtool" in it.
func tool(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		cache, e := os.UserCacheDir()
		path = filepath.Join(cache, "tradewind", "prometheus", "usr", "bin", name)
		if _, err = os.Stat(path); e != nil || err != nil {
			if slices.Contains(strings.Fields(os.Getenv("TRADEWIND_TEST_REQUIRE")), "promtool") {
				t.Fatalf("there is no %s, which is required: %v", name, errors.Join(e, err))
			}
			t.Skipf("there is no %s; scripts/install-prometheus.sh fetches it", name)
		}
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	return string(out), err
}

func TestPrometheusTakesTheRules(t *testing.T) {
	files, _ := filepath.Glob("prometheus/*.rules.yml")
	if out, err := tool(t, "promtool", append([]string{"check", "rules"}, files...)...); err != nil {
		t.Error(out)
	}
}

func TestAlertsFireWhenTheyShouldAndOnlyThen(t *testing.T) {
	files, _ := filepath.Glob("prometheus/*.test.yml")
	for _, f := range files { // read, so that a result is not remembered when they change
		if _, err := os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.ReadFile("prometheus/alerts.rules.yml"); err != nil {
		t.Fatal(err)
	}
	if out, err := tool(t, "promtool", append([]string{"test", "rules"}, files...)...); err != nil {
		t.Error(out)
	}
}

func TestWhoIsToldIsWhoOwnsIt(t *testing.T) {
	if _, err := os.ReadFile("alertmanager/alertmanager.yml"); err != nil {
		t.Fatal(err)
	}
	if out, err := tool(t, "amtool", "check-config", "alertmanager/alertmanager.yml"); err != nil {
		t.Fatal(out)
	}
	for _, a := range alerts(t) {
		want := a.Labels["owner"]
		if a.Labels["severity"] == "page" {
			want = "oncall," + want
		}
		args := []string{"config", "routes", "test", "--config.file=alertmanager/alertmanager.yml", "--verify.receivers=" + want, "alertname=" + a.Alert}
		for k, v := range a.Labels {
			args = append(args, k+"="+v)
		}
		if out, err := tool(t, "amtool", args...); err != nil {
			t.Errorf("%s %v: %s", a.Alert, a.Labels, out)
		}
	}
	if out, err := tool(t, "amtool", "config", "routes", "test", "--config.file=alertmanager/alertmanager.yml", "--verify.receivers=platform", "severity=ticket", "owner=nobody"); err != nil {
		t.Errorf("what nobody owns: %s", out)
	}
}

type rule struct {
	Alert, Record, Expr string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) (list []rule) {
	t.Helper()
	text, err := os.ReadFile("prometheus/alerts.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, g := range doc.Groups {
		list = append(list, g.Rules...)
	}
	if len(list) < 40 {
		t.Fatalf("only %d alerts", len(list))
	}
	return list
}

func TestEachAlertSaysWhoAndWhere(t *testing.T) {
	for _, a := range alerts(t) {
		if a.Labels["severity"] == "" || a.Labels["owner"] == "" || a.Annotations["summary"] == "" || a.Annotations["runbook_url"] == "" || a.Annotations["panel"] == "" {
			t.Errorf("%+v", a)
		}
	}
}

// expressions of dashboards are checked as rules would be.
func TestPrometheusUnderstandsTheDashboards(t *testing.T) {
	files, _ := filepath.Glob("grafana/dashboards/*.json")
	if len(files) < 9 {
		t.Fatalf("%d dashboards", len(files))
	}
	var rules strings.Builder
	rules.WriteString("groups:\n  - name: panels\n    rules:\n")
	n := 0
	for _, f := range files {
		for _, e := range expressions(t, f) {
			text, _ := json.Marshal(e)
			fmt.Fprintf(&rules, "      - {record: 'panel:%d', expr: %s}\n", n, text)
			n++
		}
	}
	file := filepath.Join(t.TempDir(), "panels.yml")
	if err := os.WriteFile(file, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := tool(t, "promtool", "check", "rules", file); err != nil || n < 90 {
		t.Errorf("%d expressions: %s", n, out)
	}
}

// expressions are those of a dashboard's panels.
func expressions(t *testing.T, file string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			list = append(list, q.Expr)
		}
	}
	return list
}
