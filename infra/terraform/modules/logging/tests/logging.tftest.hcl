mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = oci_logging_log.shop.retention_duration == 90 && length(oci_logging_log.service) == 0 && length(oci_logging_unified_agent_configuration.this) == 0
    error_message = "What the program writes is kept for 90 days."
  }
}

run "options" {
  command = plan
  variables {
    retention_days = 180
    subnet_ids     = { data = "ocid1.subnet.oc1.iad.data", edge = "ocid1.subnet.oc1.iad.edge" }
    buckets        = { backups = "bkt-prod-iad-tradewind-backups" }
    waf_id         = "ocid1.webappfirewall.oc1.iad.w"
    nodes          = ["ocid1.dynamicgroup.oc1..nodes"]
  }
  assert {
    condition     = sort(keys(oci_logging_log.service)) == tolist(["flow-data", "flow-edge", "waf", "writes-backups"]) && alltrue([for l in oci_logging_log.service : l.retention_duration == 180])
    error_message = "Flows, writes and the firewall's decisions are logged."
  }
  assert {
    condition     = oci_logging_unified_agent_configuration.this["containers"].service_configuration[0].sources[0].parser[0].parser_type == "CRI"
    error_message = "Logs of containers are sent."
  }
}

run "bad_days" {
  command         = plan
  expect_failures = [var.retention_days]
  variables { retention_days = 45 }
}

run "bad_subnet" {
  command         = plan
  expect_failures = [var.subnet_ids]
  variables { subnet_ids = { data = "data" } }
}

run "bad_bucket" {
  command         = plan
  expect_failures = [var.buckets]
  variables { buckets = { media = "my bucket" } }
}

run "bad_waf" {
  command         = plan
  expect_failures = [var.waf_id]
  variables { waf_id = "waf" }
}

run "bad_nodes" {
  command         = plan
  expect_failures = [var.nodes]
  variables { nodes = ["nodes"] }
}
