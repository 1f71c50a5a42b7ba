package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Rates are list prices in US dollars, pay as you go, by Oracle's part number
// (Oracle Cloud price list, October 2026), per hour or, with Month, per month.
var rates = map[string]struct {
	what  string
	price float64
}{
	"B97384": {"E5 OCPU hour", .03}, "B97385": {"E5 GB hour", .002}, "B93297": {"A1 OCPU hour", .01}, "B93298": {"A1 GB hour", .0015},
	"B91961": {"block volume GB month", .0255}, "B91962": {"its performance, VPU GB month", .0017}, "B93030": {"load balancer hour", .0113}, "B93031": {"its Mbps hour", .0001},
	"B96545": {"enhanced cluster hour", .1}, "B95702": {"ATP ECPU hour", .336}, "B95704": {"ATP ECPU hour, own license", .0807}, "B95706": {"ATP storage GB month", .1953},
}

// month is the hours of one, as Oracle's estimator has it.
const month = 744

// Free each month: 1,500 OCPU hours and 9,000 GB hours of A1, 200 GB of block volumes.
const freeOCPU, freeGB, freeVolume = 1500., 9000., 200.

// Cost is what a plan costs in a month at least, and the types of resources whose
// price depends on use or is not known here.
type Cost struct {
	Lines    map[string]float64
	Unpriced []string
}

// Sum is all of it, in dollars.
func (c Cost) Sum() (sum float64) {
	for _, v := range c.Lines {
		sum += v
	}
	return sum
}

// unpriced are types of which Oracle asks something that is not counted here.
var unpriced = map[string]string{
	"oci_redis_redis_cluster": "cache", "oci_opensearch_opensearch_cluster": "OpenSearch", "oci_queue_queue": "queue", "oci_streaming_stream": "stream", "oci_kms_key": "keys beyond 20 versions",
	"oci_waf_web_app_firewall_policy": "firewall requests", "oci_logging_log": "logs beyond 10 GB", "oci_apm_apm_domain": "traces", "oci_analytics_analytics_instance": "analytics",
	"oci_objectstorage_bucket": "objects by size", "oci_disaster_recovery_dr_protection_group": "disaster recovery by OCPU", "oci_monitoring_alarm": "alarms by datapoints",
	"oci_health_checks_http_monitor": "health checks", "oci_certificates_management_certificate": "certificates", "oci_email_email_domain": "mails",
}

// Costs estimates a plan.
func Costs(p *Plan) Cost {
	c := Cost{Lines: map[string]float64{}}
	price := func(part string, n float64) float64 { return rates[part].price * n }
	volumes := 0.
	for _, r := range p.Resources("oci_containerengine_node_pool") {
		n := r.Number("node_config_details", "size") * month
		ocpus, gb := r.Number("node_shape_config", "ocpus")*n, r.Number("node_shape_config", "memory_in_gbs")*n
		var disk float64
		_, _ = fmt.Sscanf(r.Text("node_source_details", "boot_volume_size_in_gbs"), "%g", &disk)
		volumes += disk * n / month
		if strings.Contains(r.Text("node_shape"), ".A1.") {
			c.Lines["nodes"] += price("B93297", max(0, ocpus-freeOCPU)) + price("B93298", max(0, gb-freeGB))
		} else {
			c.Lines["nodes"] += price("B97384", ocpus) + price("B97385", gb)
		}
	}
	if over := max(0, volumes-freeVolume); volumes > 0 {
		c.Lines["volumes of nodes"] = price("B91961", over) + price("B91962", over*10)
	}
	for _, r := range p.Resources("oci_containerengine_cluster") {
		if r.Text("type") == "ENHANCED_CLUSTER" {
			c.Lines["cluster"] += price("B96545", month)
		}
	}
	for _, r := range p.Resources("oci_containerengine_addon") {
		if r.Text("addon_name") == "NativeIngressController" {
			c.Lines["load balancer"] += price("B93030", month) + price("B93031", 10*month)
		}
	}
	for _, r := range p.Resources("oci_database_autonomous_database") {
		if r.True("is_free_tier") {
			c.Lines["database"] += 0
			continue
		}
		part := "B95702"
		if r.Text("license_model") == "BRING_YOUR_OWN_LICENSE" {
			part = "B95704"
		}
		c.Lines["database"] += price(part, r.Number("compute_count")*month) + price("B95706", r.Number("data_storage_size_in_gb"))
	}
	seen := map[string]bool{}
	for _, r := range p.Resources() {
		if what, ok := unpriced[r.Type]; ok {
			seen[what] = true
		}
	}
	c.Unpriced = slices.Sorted(maps.Keys(seen))
	return c
}
