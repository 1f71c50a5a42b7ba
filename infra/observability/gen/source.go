package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"tradewind/internal/service/watching"
)

// source is infra/observability/slo.yaml.
type source struct {
	Window    string
	Journeys  map[string]journey
	Freshness map[string]freshness
	Alerts    []alert
}

type journey struct {
	Owner     string
	Available float64 // percent of requests that are not answered 5xx
	Fast      float64 // percent of those that are answered within the journey's bound
	Runbook   string
}

type freshness struct {
	Owner     string
	Objective float64 // percent of minutes
	Expr      string  // empty where Prometheus has nothing to ask
	Above     float64 // what is too much
	Means     string
	Runbook   string
	OCI       *struct{ Namespace, Metric, Statistic string }
}

type alert struct {
	Name, Expr, For, Severity, Owner, Summary, Runbook string
	Panel                                              string // dashboard/title
	Fires, Silent                                      []string
	At                                                 string // when the tests look; 20m unless told
	Step                                               string // between values of the series; 1m unless told
}

// promise is one objective, of whatever kind.
type promise struct {
	Name, Owner, Runbook, Means string
	Objective                   float64 // percent
	Bad, All                    string  // rates of events, as Prometheus has them; empty where it has none
	Counted                     bool    // events are requests, not minutes
	Fast, Slow                  string  // MQL of the ratio in percent over an hour and over six
	Namespace                   string
}

// budget is the part of events that may be bad.
func (p promise) budget() float64 { return (100 - p.Objective) / 100 }

func read(file string) (*source, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var s source
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &s, s.check()
}

var names = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)

func (s *source) check() error {
	var errs []error
	for _, j := range watching.Journeys {
		if _, ok := s.Journeys[j.Name]; !ok {
			errs = append(errs, fmt.Errorf("journeys has no %s, which the program measures", j.Name))
		}
	}
	if len(s.Journeys) != len(watching.Journeys) {
		errs = append(errs, fmt.Errorf("journeys has %v, the program measures others", slices.Sorted(maps.Keys(s.Journeys))))
	}
	for _, p := range s.promises(nil) {
		if p.Objective < 50 || p.Objective >= 100 || p.Owner == "" || p.Runbook == "" {
			errs = append(errs, fmt.Errorf("%s: objective %g, owner %q, runbook %q: an objective is between 50 and below 100, and somebody owns it", p.Name, p.Objective, p.Owner, p.Runbook))
		}
	}
	for _, a := range s.Alerts {
		if !names.MatchString(a.Name) || a.Expr == "" || a.Severity != "page" && a.Severity != "ticket" || a.Owner == "" || a.Summary == "" || a.Runbook == "" ||
			len(a.Fires) == 0 || len(a.Silent) == 0 || strings.Count(a.Panel, "/") != 1 {
			errs = append(errs, fmt.Errorf("alert %s needs expr, severity (page or ticket), owner, summary, runbook, panel (dashboard/title), and series that fire and are silent", a.Name))
		}
	}
	return errors.Join(errs...)
}

// promises are all objectives: of journeys in the program's order, then freshness.
// routes are those of the API.
func (s *source) promises(routes []string) (list []promise) {
	for _, j := range watching.Journeys {
		o, of := s.Journeys[j.Name], matcher(j.Name, routes)
		kind := `{kind = "` + j.Name + `"}`
		requests := "tradewind_http_request_duration_seconds"
		all := fmt.Sprintf(`sum(rate(%s_count{%s}[5m]))`, requests, of)
		good := fmt.Sprintf(`sum(rate(%s_count{%s,status!="5xx"}[5m]))`, requests, of)
		list = append(list, promise{Name: j.Name + "-available", Owner: o.Owner, Runbook: o.Runbook, Objective: o.Available, Counted: true,
			Means: "requests are not answered 5xx", All: all, Bad: fmt.Sprintf(`(sum(rate(%s_count{%s,status="5xx"}[5m])) or vector(0))`, requests, of),
			Fast: mql("requests_failed", "requests", kind, "1h", "5m"), Slow: mql("requests_failed", "requests", kind, "6h", "30m"), Namespace: "tradewind"},
			promise{Name: j.Name + "-fast", Owner: o.Owner, Runbook: "latency", Objective: o.Fast, Counted: true,
				Means: fmt.Sprintf("requests are answered within %s", seconds(j.Within)), All: good,
				Bad:  fmt.Sprintf(`clamp_min(%s - (sum(rate(%s_bucket{%s,status!="5xx",le="%g"}[5m])) or vector(0)), 0)`, good, requests, of, j.Within),
				Fast: mql("requests_slow", "requests", kind, "1h", "5m"), Slow: mql("requests_slow", "requests", kind, "6h", "30m"), Namespace: "tradewind"})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Freshness)) {
		f := s.Freshness[name]
		p := promise{Name: name + "-fresh", Owner: f.Owner, Runbook: f.Runbook, Objective: f.Objective, Means: f.Means}
		if f.Expr != "" {
			p.All, p.Bad = "("+f.Expr+") * 0 + 1", fmt.Sprintf("(%s) > bool %g", f.Expr, f.Above)
		}
		if f.OCI != nil {
			p.Namespace = f.OCI.Namespace
			p.Fast = fmt.Sprintf("%s[5m].%s() > %g", f.OCI.Metric, f.OCI.Statistic, f.Above)
		}
		list = append(list, p)
	}
	return list
}

// mql is true while the ratio burns the budget: %[1]g stands for the ratio that
// is too much. Both windows have it, so that it ends soon after its cause.
func mql(bad, all, kind, long, short string) string {
	of := func(w string) string {
		return bad + "[" + w + "]" + kind + ".sum() / " + all + "[" + w + "]" + kind + ".sum() > %[1]g"
	}
	return of(long) + " && " + of(short)
}

// matcher selects the routes of a journey.
func matcher(journey string, routes []string) string {
	var own []string
	for _, r := range routes {
		if watching.Of(r) == journey {
			own = append(own, strings.NewReplacer("{", `\\{`, "}", `\\}`).Replace(r))
		}
	}
	slices.Sort(own)
	return `route=~"` + strings.Join(own, "|") + `"`
}

func seconds(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%g ms", s*1000)
	}
	return fmt.Sprintf("%g s", s)
}

// routesOf are the paths of the API's description.
func routesOf(openapi string) ([]string, error) {
	text, err := os.ReadFile(openapi)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Paths map[string]yaml.Node `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(doc.Paths)), nil
}
