package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"tradewind/internal/service/watching"
)

func first(journey string) string {
	for _, j := range watching.Journeys {
		if j.Name == journey {
			return j.Routes[0]
		}
	}
	return ""
}

func bound(journey string) float64 {
	for _, j := range watching.Journeys {
		if j.Name == journey {
			return j.Within
		}
	}
	return 0
}

type alarm struct {
	Namespace string `json:"namespace"`
	Query     string `json:"query"`
	Severity  string `json:"severity"`
	Pending   string `json:"pending"`
	Runbook   string `json:"runbook"`
	Summary   string `json:"summary"`
}

// alarms are the objectives as a map of alarms for infra/terraform/stacks/region.
// MQL has windows up to a day, so the two longest burns are Prometheus' alone.
func (s *source) alarms(list []promise) string {
	all := map[string]alarm{}
	for _, p := range list {
		switch {
		case p.Fast == "":
		case p.Counted:
			all["slo-"+p.Name+"-1h"] = alarm{p.Namespace, fmt.Sprintf(p.Fast, round(burns[0].factor*p.budget())), "CRITICAL", "PT2M", p.Runbook, p.told(s.Window, burns[0].factor)}
			all["slo-"+p.Name+"-6h"] = alarm{p.Namespace, fmt.Sprintf(p.Slow, round(burns[1].factor*p.budget())), "ERROR", "PT5M", p.Runbook, p.told(s.Window, burns[1].factor)}
		default:
			all["slo-"+p.Name] = alarm{p.Namespace, p.Fast, "ERROR", "PT10M", p.Runbook, "Not so: " + p.Means + "."}
		}
	}
	text, err := json.MarshalIndent(map[string]any{"//": strings.TrimSpace(strings.TrimPrefix(written, "# ")), "locals": map[string]any{"slo_alarms": all}}, "", "  ")
	if err != nil {
		panic(err) // maps of texts can be encoded
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text)) + "\n"
}

// round is to what a person can read; a ratio of 1 or more is never reached.
func round(ratio float64) float64 {
	var f float64
	if _, err := fmt.Sscanf(fmt.Sprintf("%.4g", min(ratio, .99)), "%g", &f); err != nil {
		panic(err) // it was just written
	}
	return f
}

func (p promise) told(window string, factor float64) string {
	return fmt.Sprintf("%s: the budget of %s goes %g times as fast as it may (%g %%: %s).", p.Name, window, factor, p.Objective, p.Means)
}

// page is docs/slo.md.
func (s *source) page(list []promise) string {
	var b strings.Builder
	b.WriteString("# Objectives\n\n<!-- Written by make obs from infra/observability/slo.yaml. -->\n\n")
	fmt.Fprintf(&b, "Over %s. An objective's budget is what may be bad; alerts tell how fast it goes, over a long and a short window at once,\n"+
		"by the factors of The Site Reliability Workbook, chapter 5: 14.4 over an hour and 6 over six hours wake somebody, 3 over a day and 1 over three days\nare a ticket. "+
		"Journeys and their routes are those of `internal/service/watching/journeys.go`; staff, accounts and pages are in none.\n\n", strings.Replace(s.Window, "d", " days", 1))
	b.WriteString("| objective | good | means | budget | owner | runbook | OCI Monitoring |\n|---|---|---|---|---|---|---|\n")
	for _, p := range list {
		budget, oci := fmt.Sprintf("%.4g of 1,000 requests", p.budget()*1000), "two alarms"
		if !p.Counted {
			budget, oci = fmt.Sprintf("%.3g minutes", p.budget()*30*24*60), "one alarm"
		}
		switch {
		case p.Fast == "":
			oci = "no"
		case p.All == "":
			oci += ", and nothing in Prometheus"
		}
		fmt.Fprintf(&b, "| `%s` | %g %% | %s | %s | %s | [%s](runbooks/%s.md) | %s |\n", p.Name, p.Objective, p.Means, budget, p.Owner, p.Runbook, p.Runbook, oci)
	}
	b.WriteString("\n## Alerts on causes\n\n| alert | severity | owner | means | for | runbook | panel |\n|---|---|---|---|---|---|---|\n")
	for _, a := range s.Alerts {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | [%s](runbooks/%s.md) | %s |\n", a.Name, a.Severity, a.Owner, a.Summary, a.For, a.Runbook, a.Runbook, a.Panel)
	}
	return b.String()
}
