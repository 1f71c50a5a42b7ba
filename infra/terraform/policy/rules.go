package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Rule is something that a plan must keep to. Check returns what breaks it, each
// with the address of the resource.
type Rule struct {
	Name  string
	Check func(p *Plan, environment string) []string
}

// Rules are those of every plan, of the stack region and of the stack global.
var Rules = []Rule{
	{"only the edge is open to the internet", onlyEdgeIsOpen},
	{"only the edge has public addresses", onlyEdgeIsPublic},
	{"the default security list lets nothing in", noSecurityLists},
	{"buckets are private, encrypted with the shop's key, and keep versions or forbid deletion", buckets},
	{"the database is private, encrypted with the shop's key, and backed up", database},
	{"the database's password is in the vault", noPassword},
	{"the Kubernetes API is private, and the cluster encrypted", cluster},
	{"disks of nodes are encrypted at rest and in transit", nodes},
	{"keys are 256 bit", keys},
	{"the vault makes up secrets itself", secrets},
	{"queues and streams are encrypted with the shop's key; streams are private", messages},
	{"images are private, cannot be moved, and are scanned", images},
	{"analytics is private", analytics},
	{"logs are kept for a time", logs},
	{"flows of the edge and the data are logged", flows},
	{"alarms have a topic, a runbook and a severity, and are on", alarms},
	{"somebody is told of changes to keys, policies and the network", events},
	{"nobody may manage everything, and workloads are named", statements},
	{"only the payment service may read the provider's keys", providerKeys},
	{"everything has the shop's tags", tags},
	{"answers of DNS are those that are asked for their health", steering},
	{"TLS is 1.2 or newer", tls},
	{"the firewall refuses attacks in prod", firewall},
	{"the bastion is not open to everybody", bastion},
	{"a budget warns before it is spent", budget},
	{"nothing looks like a secret", literals},
}

func broken(r Resource, format string, args ...any) string {
	return r.Address + ": " + fmt.Sprintf(format, args...)
}

func everywhere(cidr string) bool { return cidr == "0.0.0.0/0" || cidr == "::/0" }

func onlyEdgeIsOpen(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_core_network_security_group_security_rule") {
		if r.Text("direction") != "INGRESS" || !everywhere(r.Text("source")) {
			continue
		}
		port := r.Number("tcp_options", "destination_port_range", "min")
		path := r.Number("icmp_options", "type") == 3
		edge := regexp.MustCompile(`\["(edge-https?-in|edge)"\]$`).MatchString(r.Address)
		if !edge || !path && port != 443 && port != 80 || r.Number("tcp_options", "destination_port_range", "max") != port {
			bad = append(bad, broken(r, "is open to the internet on port %v", port))
		}
	}
	return bad
}

func onlyEdgeIsPublic(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_core_subnet") {
		edge := strings.HasSuffix(r.Address, `["edge"]`)
		if !edge && (!r.True("prohibit_public_ip_on_vnic") || !r.True("prohibit_internet_ingress")) {
			bad = append(bad, broken(r, "allows public addresses"))
		}
	}
	for _, r := range p.Resources("oci_core_instance", "oci_network_load_balancer_network_load_balancer") {
		bad = append(bad, broken(r, "is no part of the design"))
	}
	return bad
}

func noSecurityLists(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_core_security_list") {
		if len(r.Blocks("ingress_security_rules"))+len(r.Blocks("egress_security_rules")) > 0 {
			bad = append(bad, broken(r, "has rules; those belong into security groups"))
		}
	}
	return bad
}

func buckets(p *Plan, environment string) (bad []string) {
	for _, r := range p.Resources("oci_objectstorage_bucket") {
		if r.Text("access_type") != "NoPublicAccess" {
			bad = append(bad, broken(r, "is public"))
		}
		if !set(p, r, "kms_key_id") {
			bad = append(bad, broken(r, "is not encrypted with a key of the shop"))
		}
		copied := r.Text("freeform_tags", "role") == "standby"
		if r.Text("versioning") != "Enabled" && len(r.Blocks("retention_rules")) == 0 && !copied {
			bad = append(bad, broken(r, "keeps no versions and forbids no deletion"))
		}
	}
	return bad
}

func database(p *Plan, environment string) (bad []string) {
	all := p.Resources("oci_database_autonomous_database")
	for _, r := range all {
		free := r.True("is_free_tier")
		if free && environment == "prod" {
			bad = append(bad, broken(r, "is a free one in prod"))
		}
		if free {
			for _, ip := range r.List("whitelisted_ips") {
				if everywhere(ip) {
					bad = append(bad, broken(r, "is open to the internet"))
				}
			}
			continue
		}
		if len(r.List("whitelisted_ips")) > 0 || !set(p, r, "subnet_id") || !set(p, r, "nsg_ids") {
			bad = append(bad, broken(r, "is not private"))
		}
		if !set(p, r, "kms_key_id") {
			bad = append(bad, broken(r, "is not encrypted with a key of the shop"))
		}
		standby := r.Text("source") == "CROSS_REGION_DISASTER_RECOVERY"
		if days := r.Number("backup_retention_period_in_days"); !standby && (days < 7 || environment == "prod" && days < 60) {
			bad = append(bad, broken(r, "keeps backups for %v days", days))
		}
		if standby && !r.True("is_replicate_automatic_backups") {
			bad = append(bad, broken(r, "has no copies of the backups"))
		}
	}
	return bad
}

func noPassword(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_database_autonomous_database") {
		if r.Text("admin_password") != "" {
			bad = append(bad, broken(r, "has its password in the plan"))
		}
	}
	return bad
}

func cluster(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_containerengine_cluster") {
		if r.Get("endpoint_config", "is_public_ip_enabled") != false {
			bad = append(bad, broken(r, "has a public API"))
		}
		if r.Text("type") != "ENHANCED_CLUSTER" {
			bad = append(bad, broken(r, "has no workload identity"))
		}
		if !set(p, r, "kms_key_id") {
			bad = append(bad, broken(r, "does not encrypt secrets with a key of the shop"))
		}
	}
	return bad
}

func nodes(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_containerengine_node_pool") {
		if !r.True("node_config_details", "is_pv_encryption_in_transit_enabled") {
			bad = append(bad, broken(r, "does not encrypt on the way to disks"))
		}
		if r.Text("ssh_public_key") != "" {
			bad = append(bad, broken(r, "lets people in by SSH"))
		}
	}
	return bad
}

func keys(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_kms_key") {
		if r.Text("key_shape", "algorithm") != "AES" || r.Number("key_shape", "length") != 32 {
			bad = append(bad, broken(r, "is not AES of 256 bit"))
		}
	}
	return bad
}

func secrets(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_vault_secret") {
		if !r.True("enable_auto_generation") || len(r.Blocks("secret_content")) > 0 {
			bad = append(bad, broken(r, "has its content in the plan"))
		}
	}
	return bad
}

func messages(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_queue_queue") {
		if !set(p, r, "custom_encryption_key_id") {
			bad = append(bad, broken(r, "is not encrypted with a key of the shop"))
		}
		if r.Number("dead_letter_queue_delivery_count") == 0 {
			bad = append(bad, broken(r, "has no dead-letter queue"))
		}
	}
	for _, r := range p.Resources("oci_streaming_stream_pool") {
		if len(r.Blocks("custom_encryption_key")) == 0 || len(r.Blocks("private_endpoint_settings")) == 0 {
			bad = append(bad, broken(r, "is public, or not encrypted with a key of the shop"))
		}
	}
	return bad
}

func images(p *Plan, _ string) (bad []string) {
	repositories := p.Resources("oci_artifacts_container_repository")
	for _, r := range repositories {
		if r.True("is_public") || !r.True("is_immutable") {
			bad = append(bad, broken(r, "is public, or lets tags be moved"))
		}
	}
	if len(repositories) > 0 && len(p.Resources("oci_vulnerability_scanning_container_scan_target")) == 0 {
		bad = append(bad, broken(repositories[0], "is not scanned"))
	}
	return bad
}

func analytics(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_analytics_analytics_instance") {
		if r.Text("network_endpoint_details", "network_endpoint_type") != "PRIVATE" || !set(p, r, "kms_key_id") {
			bad = append(bad, broken(r, "is public, or not encrypted with a key of the shop"))
		}
	}
	return bad
}

func logs(p *Plan, environment string) (bad []string) {
	for _, r := range p.Resources("oci_logging_log") {
		if days := r.Number("retention_duration"); !r.True("is_enabled") || days < 30 || environment == "prod" && days < 90 {
			bad = append(bad, broken(r, "is off, or kept for %v days", days))
		}
	}
	return bad
}

func flows(p *Plan, _ string) (bad []string) {
	if len(p.Resources("oci_core_network_security_group")) == 0 {
		return nil
	}
	var logged []string
	for _, r := range p.Resources("oci_logging_log") {
		if r.Text("configuration", "source", "service") == "flowlogs" {
			logged = append(logged, r.Address)
		}
	}
	for _, want := range []string{"flow-edge", "flow-data"} {
		if !slices.ContainsFunc(logged, func(a string) bool { return strings.Contains(a, want) }) {
			bad = append(bad, "module.logging: there is no log "+want)
		}
	}
	return bad
}

func alarms(p *Plan, _ string) (bad []string) {
	for _, r := range p.Resources("oci_monitoring_alarm") {
		severity := r.Text("severity")
		switch {
		case !r.True("is_enabled"):
			bad = append(bad, broken(r, "is off"))
		case !slices.Contains([]string{"CRITICAL", "ERROR", "WARNING", "INFO"}, severity):
			bad = append(bad, broken(r, "has the severity %q", severity))
		case !regexp.MustCompile(`https://\S+/[a-z0-9-]+\.md$`).MatchString(r.Text("body")):
			bad = append(bad, broken(r, "names no runbook"))
		case !set(p, r, "destinations"):
			bad = append(bad, broken(r, "has no topic"))
		}
	}
	return bad
}

func events(p *Plan, _ string) (bad []string) {
	rules := p.Resources("oci_events_rule")
	if len(p.Resources("oci_kms_key")) == 0 {
		return nil
	}
	for _, want := range []string{"keymanagementservice.schedulekeydeletion", "identitycontrolplane.updatepolicy", "virtualnetwork.updatenetworksecuritygroup"} {
		if !slices.ContainsFunc(rules, func(r Resource) bool { return r.True("is_enabled") && strings.Contains(r.Text("condition"), want) }) {
			bad = append(bad, "module.notifications: nobody is told of "+want)
		}
	}
	return bad
}
