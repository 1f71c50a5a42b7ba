package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// burn is how fast a budget may go, over which windows, before somebody is told.
// Windows and factors are those of The Site Reliability Workbook (Google, 2018),
// chapter 5, table 5-8, for a budget of 30 days.
type burn struct {
	factor            float64
	long, short, wait string
	severity          string
}

var burns = []burn{{14.4, "1h", "5m", "2m", "page"}, {6, "6h", "30m", "5m", "page"}, {3, "1d", "2h", "15m", "ticket"}, {1, "3d", "6h", "30m", "ticket"}}

var windows = []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d"}

const (
	runbooks = "https://github.com/tradewind/tradewind/blob/main/docs/runbooks/"
	written  = "# Written by make obs from infra/observability/slo.yaml.\n"
)

// quote writes a YAML text that needs no further thought.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings can be encoded
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text))
}

// recording are the rules that others rest on: what happened and how much of it
// was bad, for each objective, then how fast the budget goes over each window.
func (s *source) recording(list []promise) string {
	var b strings.Builder
	b.WriteString(written + "groups:\n  - name: tradewind-slo-events\n    interval: 30s\n    rules:\n")
	rule := func(record, slo, expr string) {
		fmt.Fprintf(&b, "      - record: %s\n", record)
		if slo != "" {
			fmt.Fprintf(&b, "        labels: {slo: %s}\n", slo)
		}
		fmt.Fprintf(&b, "        expr: %s\n", quote(expr))
	}
	for _, p := range list {
		if p.All == "" {
			continue
		}
		rule("tradewind:slo_events:rate5m", p.Name, p.All)
		rule("tradewind:slo_bad:rate5m", p.Name, p.Bad)
		rule("tradewind:slo_budget:ratio", p.Name, fmt.Sprintf("vector(%.6g)", p.budget()))
	}
	b.WriteString("  - name: tradewind-slo-burn\n    interval: 30s\n    rules:\n")
	for _, w := range windows {
		bad, all := "avg_over_time(tradewind:slo_bad:rate5m["+w+"])", "avg_over_time(tradewind:slo_events:rate5m["+w+"])"
		if w == "5m" {
			bad, all = "tradewind:slo_bad:rate5m", "tradewind:slo_events:rate5m"
		}
		rule("tradewind:slo_burn:ratio"+w, "", bad+" / "+all+" / tradewind:slo_budget:ratio")
	}
	rule("tradewind:slo_budget_left:ratio30d", "", "1 - avg_over_time(tradewind:slo_bad:rate5m[30d]) / avg_over_time(tradewind:slo_events:rate5m[30d]) / tradewind:slo_budget:ratio")
	return b.String()
}

// hours of a window.
func hours(w string) float64 {
	return map[string]float64{"1h": 1, "6h": 6, "1d": 24, "3d": 72}[w]
}

// alerting are the alerts: each objective's budget, and those of the source.
func (s *source) alerting(list []promise) string {
	var b strings.Builder
	b.WriteString(written + "groups:\n  - name: tradewind-slo\n    rules:\n")
	rule := func(name, expr, wait, labels, summary, runbook, panel string) {
		dashboard, title, _ := strings.Cut(panel, "/")
		fmt.Fprintf(&b, "      - alert: %s\n        expr: %s\n        for: %s\n        labels: {%s}\n        annotations:\n          summary: %s\n          runbook_url: %s\n          dashboard: tradewind-%s\n          panel: %s\n",
			name, quote(expr), cmp.Or(wait, "0m"), labels, quote(summary), runbooks+runbook+".md", dashboard, quote(title))
	}
	for _, p := range list {
		if p.All == "" {
			continue
		}
		for _, w := range burns {
			expr := fmt.Sprintf(`tradewind:slo_burn:ratio%s{slo=%q} > %g and tradewind:slo_burn:ratio%s{slo=%q} > %g`, w.long, p.Name, w.factor, w.short, p.Name, w.factor)
			if p.Counted { // a handful of bad requests is no reason to wake somebody
				expr += fmt.Sprintf(` and avg_over_time(tradewind:slo_bad:rate5m{slo=%q}[%s]) * %g >= 5`, p.Name, w.long, hours(w.long)*3600)
			}
			name := map[string]string{"page": "BudgetBurnsFast", "ticket": "BudgetBurns"}[w.severity]
			rule(name, expr, w.wait, fmt.Sprintf("severity: %s, owner: %s, slo: %s, window: %s", w.severity, p.Owner, p.Name, w.long),
				fmt.Sprintf("%s: %s is missed; the budget of %s goes %g times as fast as it may (%s).", p.Name, strconvPercent(p.Objective)+" of "+map[bool]string{true: "requests", false: "minutes"}[p.Counted], s.Window, w.factor, p.Means),
				p.Runbook, "slo/How fast budgets go")
		}
	}
	b.WriteString("  - name: tradewind-causes\n    rules:\n")
	for _, a := range s.Alerts {
		rule(a.Name, a.Expr, a.For, fmt.Sprintf("severity: %s, owner: %s", a.Severity, a.Owner), a.Summary, a.Runbook, a.Panel)
	}
	return b.String()
}

func strconvPercent(p float64) string { return fmt.Sprintf("%g %%", p) }

// tests are unit tests for promtool, by the step of their series: each alert fires
// on what it is for, and is silent on what looks like it.
func (s *source) tests(list []promise) map[string]string {
	files := map[string]*strings.Builder{}
	check := func(step, name, labels string, series []string, at string, fires bool) {
		step = cmp.Or(step, "1m")
		b, ok := files[step]
		if !ok {
			b = &strings.Builder{}
			b.WriteString(written + "rule_files: [slo.rules.yml, alerts.rules.yml]\nevaluation_interval: " + every(step) + "\ntests:\n")
			files[step] = b
		}
		b.WriteString("  - interval: " + step + "\n    input_series:\n")
		for _, one := range series {
			i := strings.LastIndex(one, "} ") + 1
			if i == 0 {
				i = strings.Index(one, " ")
			}
			fmt.Fprintf(b, "      - series: %s\n        values: %s\n", quote(one[:i]), quote(strings.TrimSpace(one[i:])))
		}
		want := "0"
		if fires {
			want = "1"
		}
		// Whether, not with which labels: those are the rule's own.
		fmt.Fprintf(b, "    promql_expr_test:\n      - expr: %s\n        eval_time: %s\n        exp_samples: [{labels: '{}', value: %s}]\n",
			quote(fmt.Sprintf(`count(ALERTS{alertname=%q,alertstate="firing"%s}) > bool 0 or vector(0)`, name, labels)), cmp.Or(at, "20m"), want)
	}
	for _, a := range s.Alerts {
		check(a.Step, a.Name, "", a.Fires, a.At, true)
		check(a.Step, a.Name, "", a.Silent, a.At, false)
	}
	for _, p := range list {
		s.burning(p, func(series []string, fires bool) {
			check("", "BudgetBurnsFast", fmt.Sprintf(`,slo=%q`, p.Name), series, "80m", fires)
		})
	}
	out := map[string]string{}
	for step, b := range files {
		out[step] = b.String()
	}
	return out
}

// every is how often rules are looked at: half as often as the usual series have
// values, for the sake of time.
func every(step string) string {
	if step == "1m" {
		return "2m"
	}
	return step
}

// burning are series that burn the budget of an objective, and some that do not.
func (s *source) burning(p promise, check func(series []string, fires bool)) {
	journey, kind, _ := strings.Cut(p.Name, "-")
	of := fmt.Sprintf(`route=%q,method="GET"`, first(journey))
	good := requests + "_count{" + of + `,status="2xx"} 0+600x90`
	switch {
	case p.All == "":
	case kind == "available":
		check([]string{requests + "_count{" + of + `,status="5xx"} 0+60x90`, good}, true)
		check([]string{requests + "_count{" + of + `,status="5xx"} 0x90`, good}, false)
		check([]string{requests + `_count{route="/v1/admin/orders",method="GET",status="5xx"} 0+60x90`, good}, false)
	case kind == "fast":
		within := fmt.Sprintf(`%s_bucket{%s,status="2xx",le="%g"} 0+`, requests, of, bound(journey))
		check([]string{good, within + fmt.Sprintf("%gx90", 600*(1-min(1, 20*p.budget())))}, true)
		check([]string{good, within + "600x90"}, false)
	default:
		f := s.Freshness[journey]
		metric := strings.TrimSuffix(strings.TrimPrefix(f.Expr, "max("), ")")
		check([]string{fmt.Sprintf(`%s{service="worker"} %gx90`, metric, f.Above+1)}, true)
		check([]string{fmt.Sprintf(`%s{service="worker"} %gx90`, metric, f.Above)}, false)
	}
}
