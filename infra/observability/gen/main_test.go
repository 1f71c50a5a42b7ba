package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/service/watching"
)

const root = "../../.."

func parts(t *testing.T) (*source, []promise) {
	t.Helper()
	s, err := read(root + "/infra/observability/slo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	routes, err := routesOf(root + "/api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s, s.promises(routes)
}

// What is committed is what the source says: `make obs` writes it.
func TestWhatIsCommittedIsWhatTheSourceSays(t *testing.T) {
	files, err := outputs(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s is not what the source says; run make obs (%v)", name, err)
		}
	}
	for _, pattern := range []string{"prometheus/*.yml", "grafana/dashboards/*.json"} {
		have, _ := filepath.Glob(root + "/infra/observability/" + pattern)
		for _, name := range have {
			if _, ok := files[name]; !ok {
				t.Errorf("%s is written by nobody", name)
			}
		}
	}
}

func TestEachAlertHasARunbookAndAPanel(t *testing.T) {
	s, list := parts(t)
	panels := map[string]bool{}
	for _, d := range dashboards(list) {
		for _, r := range d.Rows {
			for _, p := range r.Panels {
				if name := strings.TrimPrefix(d.UID, "tradewind-") + "/" + p.Title; panels[name] {
					t.Errorf("two panels are %s", name)
				} else {
					panels[name] = true
				}
			}
		}
	}
	seen := map[string]bool{}
	for _, a := range s.Alerts {
		if !panels[a.Panel] {
			t.Errorf("%s: there is no panel %s", a.Name, a.Panel)
		}
		if seen[a.Name] {
			t.Errorf("two alerts are %s", a.Name)
		}
		seen[a.Name] = true
	}
	if !panels["slo/How fast budgets go"] {
		t.Error("budgets have no panel")
	}
	pages := []string{}
	for _, a := range s.Alerts {
		pages = append(pages, a.Runbook)
	}
	for _, p := range list {
		pages = append(pages, p.Runbook)
	}
	for _, page := range pages {
		if _, err := os.Stat(root + "/docs/runbooks/" + page + ".md"); err != nil {
			t.Error(err)
		}
	}
}

// Every route of shoppers is in one journey, or said to be in none.
func TestEachRouteIsInAJourneyOrLeftOutOnPurpose(t *testing.T) {
	routes, err := routesOf(root + "/api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	outside := []string{"/v1/admin/", "/v1/staff/", "/v1/account", "/v1/shop", "/v1/uploads", "/media/"}
	in := map[string]int{}
	for _, r := range routes {
		of := watching.Of(r)
		in[of]++
		left := slices.ContainsFunc(outside, func(p string) bool { return strings.HasPrefix(r, p) })
		if (of == "") != left {
			t.Errorf("%s is of journey %q; left out: %v", r, of, left)
		}
	}
	for _, j := range watching.Journeys {
		if in[j.Name] == 0 {
			t.Errorf("%s has no route", j.Name)
		}
	}
}

func TestAlarmsOfOCIFollowTheObjectives(t *testing.T) {
	s, list := parts(t)
	var doc struct {
		Locals struct {
			Alarms map[string]alarm `json:"slo_alarms"`
		}
	}
	if err := json.Unmarshal([]byte(s.alarms(list)), &doc); err != nil {
		t.Fatal(err)
	}
	fast := doc.Locals.Alarms["slo-checkout-available-1h"]
	if want := `requests_failed[1h]{kind = "checkout"}.sum() / requests[1h]{kind = "checkout"}.sum() > 0.0072 && requests_failed[5m]{kind = "checkout"}.sum() / requests[5m]{kind = "checkout"}.sum() > 0.0072`; fast.Query != want {
		t.Errorf("%s", fast.Query)
	}
	if a := doc.Locals.Alarms["slo-replication-fresh"]; a.Namespace != "oci_autonomous_database" || a.Query != "PeerLag[5m].max() > 60" {
		t.Errorf("%+v", a)
	}
	if len(doc.Locals.Alarms) != 2*2*len(watching.Journeys)+3 {
		t.Errorf("%d alarms", len(doc.Locals.Alarms))
	}
}

func TestAWrongSourceIsNamed(t *testing.T) {
	text, err := os.ReadFile(root + "/infra/observability/slo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ was, is, want string }{
		"a journey too few":     {"  search:   {", "  find:   {", "journeys has no search"},
		"an objective of 100":   {"available: 99.95", "available: 100", "checkout-available: objective 100"},
		"nobody's alert":        {"    owner: security\n", "    owner: \"\"\n", "alert AuditBroken needs"},
		"an unknown severity":   {"severity: ticket", "severity: warning", "severity (page or ticket)"},
		"a field nobody knows":  {"    for: 0m", "    fro: 0m", "fro"},
		"an alert nobody tries": {"    silent: ['tradewind_queue_dead", "    noisy: ['tradewind_queue_dead", "noisy"},
	} {
		file := filepath.Join(t.TempDir(), "slo.yaml")
		broken := strings.Replace(string(text), tc.was, tc.is, 1)
		if broken == string(text) {
			t.Fatalf("%s: the source has no %q", name, tc.was)
		}
		if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := read(file); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
