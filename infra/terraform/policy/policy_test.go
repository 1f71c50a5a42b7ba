package policy

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tradewind/internal/adapter/oci/tenancy"
	"tradewind/internal/service/watching"
)

var folder = sync.OnceValues(func() (string, error) {
	// Read here, so that a result of go test is not remembered when they change.
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			_, err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	c := exec.Command("scripts/terraform.sh", "plan")
	c.Dir = "../../.."
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return "", errors.Join(err, errors.New(strings.TrimSpace(said.String())))
	}
	return strings.TrimSpace(string(out)), nil
})

// plan is that of an environment. Without Terraform or a provider the test is
// skipped, or fails if TRADEWIND_TEST_REQUIRE has "terraform" in it.
func plan(t *testing.T, name string) *Plan {
	t.Helper()
	dir, err := folder()
	if code, ok := errors.AsType[*exec.ExitError](err); ok && code.ExitCode() == 3 && !slices.Contains(strings.Fields(os.Getenv("TRADEWIND_TEST_REQUIRE")), "terraform") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := Read(filepath.Join(dir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Resources()) == 0 {
		t.Fatalf("%s plans nothing", name)
	}
	return p
}

var names = []string{"dev-global", "dev-region", "staging-global", "staging-region", "prod-global", "prod-primary", "prod-standby", "console-free", "console-standard"}

// of is the environment that a plan is for: what console-standard makes is for prod.
func of(name string) string {
	environment, size, _ := strings.Cut(name, "-")
	if environment == "console" {
		return map[string]string{"free": "dev", "standard": "prod"}[size]
	}
	return environment
}

func TestEveryPlanKeepsToTheRules(t *testing.T) {
	for _, name := range names {
		p := plan(t, name)
		for _, rule := range Rules {
			for _, bad := range rule.Check(p, of(name)) {
				t.Errorf("%s: %s: %s", name, rule.Name, bad)
			}
		}
	}
}

// What `tradewind preflight oci` asks a tenancy for is in each plan, and the small
// ones keep within what is Always Free: 2 OCPUs and 12 GB of ARM, one database.
func TestPlansCanBeHeldAgainstATenancy(t *testing.T) {
	for _, name := range names {
		plan(t, name)
		dir, _ := folder()
		f, err := os.Open(filepath.Join(dir, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		n, err := tenancy.ReadPlan(f)
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.HasSuffix(name, "global") {
			continue
		}
		if len(n.Buckets) == 0 || len(n.Databases) != 1 || len(n.Pools) == 0 {
			t.Errorf("%s: %+v", name, n)
		}
		small := name == "dev-region" || name == "console-free"
		if cores, memory := n.Much("standard-a1-core-count"), n.Much("standard-a1-memory-count"); small && (cores > 2 || memory > 12 || n.Much("adb-free-count") != 1 || n.Much("standard-e5-core-count") != 0) {
			t.Errorf("%s is not free: %g OCPUs, %g GB", name, cores, memory)
		}
	}
}

func TestProdHasAStandbyAndItsRegionsAreAlike(t *testing.T) {
	primary, standby := plan(t, "prod-primary").Kinds(), plan(t, "prod-standby").Kinds()
	differs := map[string]string{
		"oci_vault_secret":                          "secrets come to the standby by replication",
		"oci_objectstorage_object_lifecycle_policy": "nothing is deleted from what the other region writes into",
		"oci_disaster_recovery_dr_plan":             "plans are made where the shop is to go",
	}
	for kind := range maps.Keys(merged(primary, standby)) {
		if _, known := differs[kind]; !known && primary[kind] != standby[kind] {
			t.Errorf("%s: %d in the primary's region, %d in the standby's", kind, primary[kind], standby[kind])
		}
	}
	for kind := range differs {
		if primary[kind] == standby[kind] {
			t.Errorf("%s is said to differ and does not", kind)
		}
	}
	all := plan(t, "prod-standby").Resources("oci_database_autonomous_database")
	if len(all) != 1 || all[0].Text("remote_disaster_recovery_type") != "ADG" {
		t.Errorf("the standby has no copy of the database: %+v", all)
	}
	if got := plan(t, "prod-standby").Resources("oci_disaster_recovery_dr_plan"); len(got) != 4 {
		t.Errorf("%d DR plans", len(got))
	}
}

func merged(a, b map[string]int) map[string]int {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// spoil changes the resources of a type of a plan.
func spoil(p *Plan, kind string, how func(v map[string]any)) *Plan {
	p = p.clone()
	var walk func(m *module)
	walk = func(m *module) {
		for _, r := range m.Resources {
			if r.Type == kind {
				how(r.Values)
			}
		}
		for i := range m.ChildModules {
			walk(&m.ChildModules[i])
		}
	}
	walk(&p.PlannedValues.RootModule)
	return p
}

func value(name string, v any) func(map[string]any) { return func(m map[string]any) { m[name] = v } }

// Each rule finds what breaks it.
func TestRulesFindWhatBreaksThem(t *testing.T) {
	type m = map[string]any
	drop := func(m map[string]any) { clear(m) }
	breaks := map[string]struct {
		plan, kind string
		how        func(map[string]any)
	}{
		"only the edge is open to the internet": {"prod-primary", "oci_core_network_security_group_security_rule", func(v map[string]any) {
			if v["direction"] == "INGRESS" {
				v["source"], v["source_type"] = "0.0.0.0/0", "CIDR_BLOCK"
			}
		}},
		"only the edge has public addresses":                                                       {"prod-primary", "oci_core_subnet", value("prohibit_public_ip_on_vnic", false)},
		"the default security list lets nothing in":                                                {"prod-primary", "oci_core_security_list", value("ingress_security_rules", []any{m{"protocol": "6"}})},
		"buckets are private, encrypted with the shop's key, and keep versions or forbid deletion": {"prod-primary", "oci_objectstorage_bucket", value("access_type", "ObjectRead")},
		"the database is private, encrypted with the shop's key, and backed up":                    {"prod-primary", "oci_database_autonomous_database", value("whitelisted_ips", []any{"0.0.0.0/0"})},
		"the database's password is in the vault":                                                  {"prod-primary", "oci_database_autonomous_database", value("admin_password", "x")},
		"the Kubernetes API is private, and the cluster encrypted":                                 {"prod-primary", "oci_containerengine_cluster", value("endpoint_config", []any{m{"is_public_ip_enabled": true}})},
		"disks of nodes are encrypted at rest and in transit":                                      {"prod-primary", "oci_containerengine_node_pool", value("ssh_public_key", "ssh-rsa AAAA")},
		"keys are 256 bit":                  {"prod-primary", "oci_kms_key", value("key_shape", []any{m{"algorithm": "AES", "length": 16.0}})},
		"the vault makes up secrets itself": {"prod-primary", "oci_vault_secret", value("secret_content", []any{m{"content": "x"}})},
		"queues and streams are encrypted with the shop's key; streams are private": {"prod-primary", "oci_streaming_stream_pool", value("private_endpoint_settings", []any{})},
		"images are private, cannot be moved, and are scanned":                      {"prod-primary", "oci_artifacts_container_repository", value("is_immutable", false)},
		"logs are kept for a time":                                                  {"prod-primary", "oci_logging_log", value("retention_duration", 30.0)},
		"flows of the edge and the data are logged":                                 {"prod-primary", "oci_logging_log", drop},
		"alarms have a topic, a runbook and a severity, and are on":                 {"prod-primary", "oci_monitoring_alarm", value("body", "help")},
		"somebody is told of changes to keys, policies and the network":             {"prod-primary", "oci_events_rule", value("is_enabled", false)},
		"nobody may manage everything, and workloads are named":                     {"prod-global", "oci_identity_policy", value("statements", []any{"Allow group x to manage all-resources in compartment id c"})},
		"only the payment service may read the provider's keys":                     {"prod-global", "oci_identity_policy", value("statements", []any{"Allow any-user to read secret-bundles in compartment id c where all {request.principal.type = 'workload', request.principal.service_account = 'cart', request.principal.cluster_id = 'c', target.secret.name = 'prod-iad-tradewind-provider-key'}"})},
		"everything has the shop's tags":                                            {"prod-primary", "oci_core_vcn", value("freeform_tags", m{})},
		"answers of DNS are those that are asked for their health":                  {"prod-global", "oci_health_checks_http_monitor", value("targets", []any{"192.0.2.10"})},
		"the firewall refuses attacks in prod":                                      {"prod-primary", "oci_waf_web_app_firewall_policy", value("request_protection", []any{m{"rules": []any{m{"action_name": "note"}}}})},
		"the bastion is not open to everybody":                                      {"prod-primary", "oci_bastion_bastion", value("client_cidr_block_allow_list", []any{"0.0.0.0/0"})},
		"a budget warns before it is spent":                                         {"prod-global", "oci_budget_alert_rule", value("threshold", 120.0)},
		"nothing looks like a secret":                                               {"prod-primary", "oci_redis_redis_cluster", value("display_name", "sk_live_1234")},
	}
	elsewhere := []string{"TLS is 1.2 or newer", "analytics is private"} // no environment has what they judge
	for _, r := range Rules {
		if _, ok := breaks[r.Name]; !ok && !slices.Contains(elsewhere, r.Name) {
			t.Errorf("nothing breaks %q", r.Name)
		}
	}
	for rule, with := range breaks {
		i := slices.IndexFunc(Rules, func(r Rule) bool { return r.Name == rule })
		if i < 0 {
			t.Errorf("there is no rule %q", rule)
			continue
		}
		whole := plan(t, with.plan)
		if len(whole.Resources(with.kind)) == 0 {
			t.Errorf("%s: %s has no %s", rule, with.plan, with.kind)
		}
		if bad := Rules[i].Check(spoil(whole, with.kind, with.how), "prod"); len(bad) == 0 {
			t.Errorf("%s: nothing is found in a plan that breaks it", rule)
		}
	}
}

// What the environments do not have is judged on what is made up.
func TestRulesFindWhatNoEnvironmentHas(t *testing.T) {
	made := func(kind string, v map[string]any) *Plan {
		p := &Plan{}
		p.PlannedValues.RootModule.Resources = []Resource{{Address: kind + ".x", Mode: "managed", Type: kind, Values: v}}
		return p
	}
	listener := made("oci_load_balancer_listener", map[string]any{"ssl_configuration": []any{map[string]any{"protocols": []any{"TLSv1.1"}}}})
	if len(tls(listener, "prod")) == 0 {
		t.Error("TLS 1.1 is not found")
	}
	report := made("oci_analytics_analytics_instance", map[string]any{"network_endpoint_details": []any{map[string]any{"network_endpoint_type": "PUBLIC"}}})
	if len(analytics(report, "prod")) == 0 {
		t.Error("public analytics are not found")
	}
}

// The alarms on what the program posts name what it posts.
func TestAlarmsAreOnWhatTheProgramTells(t *testing.T) {
	told := map[string]bool{}
	for _, m := range watching.Measures {
		told[m.Name] = true
	}
	n := 0
	for _, r := range plan(t, "prod-primary").Resources("oci_monitoring_alarm") {
		if r.Text("namespace") != "tradewind" {
			continue
		}
		n++
		if name, _, _ := strings.Cut(r.Text("query"), "["); !told[name] {
			t.Errorf("%s is on %q, which the program does not post", r.Address, name)
		}
	}
	if n < 5 {
		t.Errorf("%d alarms are on what the program posts", n)
	}
}
