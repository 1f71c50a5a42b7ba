mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = oci_analytics_analytics_instance.this.network_endpoint_details[0].network_endpoint_type == "PRIVATE" && oci_analytics_analytics_instance.this.name == "ProdIadTradewindAnalytics" && oci_analytics_analytics_instance_private_access_channel.this.private_source_dns_zones[0].dns_zone == "adb.us-ashburn-1.oraclecloud.com"
    error_message = "The instance is private, and reaches the database."
  }
}

run "options" {
  command = plan
  variables {
    capacity = 2
    license  = "BRING_YOUR_OWN_LICENSE"
  }
  assert {
    condition     = oci_analytics_analytics_instance.this.capacity[0].capacity_value == 2 && oci_analytics_analytics_instance.this.license_type == "BRING_YOUR_OWN_LICENSE"
    error_message = "The options are not used."
  }
}

run "bad_capacity" {
  command         = plan
  expect_failures = [var.capacity]
  variables { capacity = 3 }
}

run "bad_license" {
  command         = plan
  expect_failures = [var.license]
  variables { license = "FREE" }
}

run "bad_domain" {
  command         = plan
  expect_failures = [var.domain_id]
  variables { domain_id = "Default" }
}

run "bad_key" {
  command         = plan
  expect_failures = [var.kms_key_id]
  variables { kms_key_id = "key" }
}

run "bad_network" {
  command         = plan
  expect_failures = [var.network]
  variables { network = { vcn_id = "ocid1.vcn.oc1.iad.aaaa", subnet_id = "ocid1.subnet.oc1.iad.data", nsg_ids = [], zones = [] } }
}
