package tenancy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// limit names a limit of a service as the Limits service does. Where is an
// availability domain, or "" for the region.
type limit struct{ Service, Name, Where string }

func (l limit) String() string {
	if l.Where != "" {
		return l.Service + " " + l.Name + " in " + l.Where
	}
	return l.Service + " " + l.Name
}

// Database is an Autonomous Database that a plan makes.
type Database struct {
	Version string
	Free    bool
}

// Pool is a pool of nodes that a plan makes.
type Pool struct{ Shape, Kubernetes string }

// Needs is what a plan would make, as far as a tenancy may refuse it.
type Needs struct {
	Tenancy     string
	Compartment string
	Region      string
	Databases   []Database
	Pools       []Pool
	Clusters    []string          // versions of Kubernetes
	Buckets     map[string]string // name to namespace
	Families    []string          // families of resources that policies name
	Unchecked   []string          // types of resources that nothing here is about

	limits map[limit]float64
}

// resource is one that a plan creates.
type resource struct {
	Type   string `json:"type"`
	Mode   string `json:"mode"`
	Change struct {
		Actions []string       `json:"actions"`
		After   map[string]any `json:"after"`
	} `json:"change"`
}

func (r resource) text(name string) string {
	s, _ := r.Change.After[name].(string)
	return s
}

func (r resource) number(name string) float64 {
	n, _ := r.Change.After[name].(float64)
	return n
}

// first is the first block of that name.
func (r resource) first(name string) resource {
	list, _ := r.Change.After[name].([]any)
	var inner resource
	if len(list) > 0 {
		inner.Change.After, _ = list[0].(map[string]any)
	}
	return inner
}

// ReadPlan reads what `terraform show -json PLAN` prints.
func ReadPlan(from io.Reader) (*Needs, error) {
	var plan struct {
		FormatVersion string `json:"format_version"`
		Variables     map[string]struct {
			Value any `json:"value"`
		} `json:"variables"`
		Changes []resource `json:"resource_changes"`
	}
	if err := json.NewDecoder(from).Decode(&plan); err != nil {
		return nil, fmt.Errorf("the plan must be what `terraform show -json PLAN` prints: %w", err)
	}
	if plan.FormatVersion == "" || plan.Changes == nil {
		return nil, errors.New("the plan must be what `terraform show -json PLAN` prints: it has no format_version or no resource_changes")
	}
	variable := func(names ...string) string {
		for _, n := range names {
			if s, ok := plan.Variables[n].Value.(string); ok && s != "" {
				return s
			}
		}
		return ""
	}
	n := &Needs{limits: map[limit]float64{}, Buckets: map[string]string{}, Tenancy: variable("tenancy_id", "tenancy_ocid"),
		Compartment: variable("compartment_id", "compartment_ocid", "parent_compartment_id"), Region: variable("region", "home_region")}
	if n.Tenancy == "" || n.Region == "" || n.Compartment == "" {
		return nil, errors.New("the plan names no tenancy, compartment or region; it must be of infra/terraform/stacks or the console's root")
	}
	families, unchecked := map[string]bool{}, map[string]bool{}
	for _, r := range plan.Changes {
		if r.Mode != "managed" || !slices.Contains(r.Change.Actions, "create") {
			continue
		}
		if !n.add(r) {
			unchecked[r.Type] = true
		}
		if f := family(r.Type); f != "" {
			families[f] = true
		}
	}
	n.Families, n.Unchecked = slices.Sorted(maps.Keys(families)), slices.Sorted(maps.Keys(unchecked))
	return n, nil
}

func (n *Needs) need(service, name, where string, much float64) {
	if much > 0 {
		n.limits[limit{service, name, where}] += much
	}
}

// Much is how much of a limit is needed in all places together.
func (n *Needs) Much(name string) (sum float64) {
	for l, much := range n.limits {
		if l.Name == name {
			sum += much
		}
	}
	return sum
}

// add counts a resource, and reports whether anything here is about its type.
// The names of limits are those that `oci limits definition list` prints.
func (n *Needs) add(r resource) bool {
	switch r.Type {
	case "oci_containerengine_cluster":
		n.Clusters = append(n.Clusters, r.text("kubernetes_version"))
		name := "cluster-count"
		if r.text("type") == "ENHANCED_CLUSTER" {
			name = "enhanced-cluster-count"
		}
		n.need("container-engine", name, "", 1)
	case "oci_containerengine_node_pool":
		n.pool(r)
	case "oci_containerengine_addon":
		if r.text("addon_name") == "NativeIngressController" { // it makes a load balancer
			n.need("load-balancer", "lb-flexible-count", "", 1)
		}
	case "oci_database_autonomous_database":
		free := r.Change.After["is_free_tier"] == true
		n.Databases = append(n.Databases, Database{Version: r.text("db_version"), Free: free})
		if free {
			n.need("database", "adb-free-count", "", 1)
			break
		}
		n.need("database", "atp-ecpu-count", "", r.number("compute_count"))
		n.need("database", "atp-total-storage-tb", "", math.Max(r.number("data_storage_size_in_tbs"), r.number("data_storage_size_in_gb")/1024))
	case "oci_core_vcn":
		n.need("vcn", "vcn-count", "", 1)
	case "oci_core_nat_gateway":
		n.need("vcn", "nat-gateway-count", "", 1)
	case "oci_core_public_ip":
		n.need("vcn", "reserved-public-ip-count", "", 1)
	case "oci_load_balancer_load_balancer":
		n.need("load-balancer", "lb-flexible-count", "", 1)
	case "oci_opensearch_opensearch_cluster":
		n.need("open-search", "data-node-count", "", r.number("data_node_count"))
		n.need("open-search", "master-node-count", "", r.number("master_node_count"))
		n.need("open-search", "opendashboard-node-count", "", r.number("opendashboard_node_count"))
	case "oci_streaming_stream":
		n.need("streaming", "partition-count", "", r.number("partitions"))
	case "oci_sch_service_connector":
		n.need("service-connector-hub", "service-connector-count", "", 1)
	case "oci_waf_web_app_firewall_policy":
		n.need("waf", "policy-count", "", 1)
	case "oci_kms_vault":
		if r.text("vault_type") == "VIRTUAL_PRIVATE" {
			n.need("kms", "virtual-private-vault-count", "", 1)
		}
	case "oci_analytics_analytics_instance":
		n.need("analytics", "ee-ocpu-count", "", r.first("capacity").number("capacity_value"))
	case "oci_objectstorage_bucket":
		n.Buckets[r.text("name")] = r.text("namespace")
	default:
		return false
	}
	return true
}

// pool counts the nodes of a pool where they are put.
func (n *Needs) pool(r resource) {
	n.Pools = append(n.Pools, Pool{Shape: r.text("node_shape"), Kubernetes: r.text("kubernetes_version")})
	shape, where := r.first("node_shape_config"), r.first("node_config_details")
	size := where.number("size")
	n.need("container-engine", "node-count", "", size)
	places, _ := where.Change.After["placement_configs"].([]any)
	for _, p := range places {
		place, _ := p.(map[string]any)
		domain, _ := place["availability_domain"].(string)
		share := size / float64(len(places))
		if series := series(r.text("node_shape")); series != "" {
			n.need("compute", series+"-core-count", domain, share*shape.number("ocpus"))
			n.need("compute", series+"-memory-count", domain, share*shape.number("memory_in_gbs"))
		}
	}
}

// series is how limits call a flexible shape: standard-e5 for VM.Standard.E5.Flex,
// "" for a shape that is not flexible.
func series(shape string) string {
	name, flex := strings.CutSuffix(shape, ".Flex")
	name, vm := strings.CutPrefix(name, "VM.")
	if !flex || !vm {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(name, ".", "-"))
}

// families of resources by the beginning of a type's name, as policies have them.
var families = []struct{ prefix, family string }{
	{"oci_core_", "virtual-network-family"}, {"oci_containerengine_", "cluster-family"}, {"oci_database_autonomous_", "autonomous-database-family"},
	{"oci_objectstorage_", "object-family"}, {"oci_kms_vault", "vaults"}, {"oci_kms_key", "keys"}, {"oci_vault_secret", "secret-family"},
	{"oci_redis_", "redis-family"}, {"oci_opensearch_", "opensearch-family"}, {"oci_queue_", "queues"}, {"oci_streaming_", "stream-family"},
	{"oci_waf_", "waf-family"}, {"oci_ons_", "ons-family"}, {"oci_monitoring_", "alarms"}, {"oci_logging_", "logging-family"}, {"oci_apm_", "apm-domains"},
	{"oci_dns_", "dns"}, {"oci_health_checks_", "health-check-family"}, {"oci_certificates_management_", "certificate-authority-family"},
	{"oci_artifacts_", "repos"}, {"oci_bastion_", "bastion-family"}, {"oci_disaster_recovery_", "disaster-recovery-family"}, {"oci_email_", "email-family"},
	{"oci_analytics_", "analytics-instances"}, {"oci_sch_", "serviceconnectors"}, {"oci_events_", "cloudevents-rules"}, {"oci_identity_policy", "policies"},
	{"oci_identity_compartment", "compartments"}, {"oci_budget_", "usage-budgets"}, {"oci_limits_quota", "quotas"}, {"oci_load_balancer_", "load-balancers"},
	{"oci_vulnerability_scanning_", "vss-family"},
}

func family(kind string) string {
	for _, f := range families {
		if strings.HasPrefix(kind, f.prefix) {
			return f.family
		}
	}
	return ""
}
