package policy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// set reports whether an argument has a value, or will have one when it is
// applied: then the plan does not have it.
func set(p *Plan, r Resource, name string) bool {
	v, known := r.Values[name]
	if !known {
		return true
	}
	if list, ok := v.([]any); ok {
		return len(list) > 0
	}
	return v != nil && v != ""
}

func statements(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_identity_policy") {
		for _, s := range r.List("statements") {
			low := strings.ToLower(s)
			switch {
			case strings.Contains(low, "manage all-resources"), strings.Contains(low, "use all-resources"):
				bad = append(bad, broken(r, "lets somebody do everything: %s", s))
			case strings.HasSuffix(low, " in tenancy"), strings.Contains(low, " in tenancy "):
				bad = append(bad, broken(r, "is about the whole tenancy: %s", s))
			case strings.Contains(low, "any-user") && !strings.Contains(low, "request.principal.type = "):
				bad = append(bad, broken(r, "lets anybody: %s", s))
			case strings.Contains(low, "'workload'") && (!strings.Contains(low, "service_account = ") || !strings.Contains(low, "cluster_id = ")):
				bad = append(bad, broken(r, "does not name the workload: %s", s))
			}
		}
	}
	return bad
}

func providerKeys(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_identity_policy") {
		for _, s := range r.List("statements") {
			if strings.Contains(s, "-provider-") && !strings.Contains(s, "service_account = 'tradewind-payment'") {
				bad = append(bad, broken(r, "lets others read the provider's keys: %s", s))
			}
		}
	}
	return bad
}

func tags(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources() {
		v, takes := r.Values["freeform_tags"]
		if !takes {
			continue
		}
		have, _ := v.(map[string]any)
		for _, want := range []string{"shop", "environment", "stack"} {
			if _, ok := have[want]; !ok {
				bad = append(bad, broken(r, "has no tag %q", want))
			}
		}
	}
	return bad
}

func steering(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_dns_steering_policy") {
		var answers []string
		for _, a := range r.Blocks("answers") {
			answers = append(answers, a.Text("rdata"))
		}
		var asked []string
		for _, m := range p.Resources("oci_health_checks_http_monitor") {
			asked = append(asked, m.List("targets")...)
		}
		slices.Sort(answers)
		slices.Sort(asked)
		if !slices.Equal(answers, asked) {
			bad = append(bad, broken(r, "answers %v, but %v are asked for their health", answers, asked))
		}
		var kinds []string
		for _, rule := range r.Blocks("rules") {
			kinds = append(kinds, rule.Text("rule_type"))
		}
		if strings.Join(kinds, " ") != "FILTER HEALTH PRIORITY LIMIT" {
			bad = append(bad, broken(r, "has the rules %v", kinds))
		}
	}
	return bad
}

func tls(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_load_balancer_listener") {
		for _, v := range r.List("ssl_configuration", "protocols") {
			if v != "TLSv1.2" && v != "TLSv1.3" {
				bad = append(bad, broken(r, "speaks %s", v))
			}
		}
	}
	return bad
}

func firewall(p *Plan, environment string) (bad []string) {
	for _, r := range p.Resources("oci_waf_web_app_firewall_policy") {
		if environment == "prod" && r.Text("request_protection", "rules", "action_name") != "refuse" {
			bad = append(bad, broken(r, "only notes attacks"))
		}
		if len(r.Blocks("request_rate_limiting", "rules")) == 0 {
			bad = append(bad, broken(r, "limits nobody"))
		}
	}
	return bad
}

func bastion(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_bastion_bastion") {
		if slices.ContainsFunc(r.List("client_cidr_block_allow_list"), everywhere) || len(r.List("client_cidr_block_allow_list")) == 0 {
			bad = append(bad, broken(r, "is open to everybody"))
		}
	}
	return bad
}

func budget(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_budget_budget") {
		early := slices.ContainsFunc(p.Resources("oci_budget_alert_rule"), func(a Resource) bool {
			return a.Number("threshold") < 100 && a.Text("recipients") != ""
		})
		if !early {
			bad = append(bad, broken(r, "warns nobody before it is spent"))
		}
	}
	return bad
}

var (
	secretName  = regexp.MustCompile(`(?i)(password|passwd|private_key|auth_token|secret_content|passphrase)`)
	secretValue = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY|sk_live_|sk_test_|AKIA[0-9A-Z]{16}`)
)

// literals looks for what must not be in a plan under any name.
func literals(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources() {
		var walk func(name string, v any)
		walk = func(name string, v any) {
			switch v := v.(type) {
			case map[string]any:
				for k, inner := range v {
					walk(k, inner)
				}
			case []any:
				for _, inner := range v {
					walk(name, inner)
				}
			case string:
				hash := strings.Contains(name, "hash")
				if v != "" && secretName.MatchString(name) && !hash || secretValue.MatchString(v) {
					bad = append(bad, broken(r, "has something like a secret in %s", name))
				}
			}
		}
		walk("", r.Values)
	}
	return bad
}

// Kinds counts the resources of each type.
func (p *Plan) Kinds() map[string]int {
	n := map[string]int{}
	for _, r := range p.Resources() {
		n[r.Type]++
	}
	return n
}

// clone copies a plan, to be spoiled.
func (p *Plan) clone() *Plan {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	var out Plan
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return &out
}
