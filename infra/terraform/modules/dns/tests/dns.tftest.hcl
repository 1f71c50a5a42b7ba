mock_provider "oci" {
  mock_resource "oci_dns_zone" {
    defaults = { nameservers = [{ hostname = "ns1.p201.dns.oraclecloud.net" }] }
  }
}

run "defaults" {
  command = apply
  assert {
    condition     = join(" ", [for a in oci_dns_steering_policy.this["shop"].answers : a.rdata]) == join(" ", oci_health_checks_http_monitor.this.targets)
    error_message = "An address that is not asked for its health counts as healthy for ever."
  }
  assert {
    condition     = [for r in oci_dns_steering_policy.this["shop"].rules : r.rule_type] == ["FILTER", "HEALTH", "PRIORITY", "LIMIT"] && oci_dns_steering_policy.this["shop"].ttl == 30
    error_message = "The first region that is healthy answers."
  }
  assert {
    condition     = one(oci_dns_rrset.shop.items).rdata == "192.0.2.10" && output.host == "shop.example.com" && output.nameservers == ["ns1.p201.dns.oraclecloud.net"] && oci_health_checks_http_monitor.this.timeout_in_seconds <= oci_health_checks_http_monitor.this.interval_in_seconds
    error_message = "A plain record answers while the policy is detached."
  }
}

run "bad_domain" {
  command         = plan
  expect_failures = [var.domain]
  variables { domain = "https://example.com" }
}

run "bad_host" {
  command         = plan
  expect_failures = [var.host]
  variables { host = "www.shop" }
}

run "bad_zone" {
  command         = plan
  expect_failures = [var.existing_zone_id]
  variables { existing_zone_id = "zone" }
}

run "bad_address" {
  command         = plan
  expect_failures = [var.addresses]
  variables { addresses = [{ region_key = "iad", address = "shop" }] }
}

run "bad_all_disabled" {
  command         = plan
  expect_failures = [var.addresses]
  variables { addresses = [{ region_key = "iad", address = "192.0.2.10", disabled = true }] }
}

run "bad_ttl" {
  command         = plan
  expect_failures = [var.ttl]
  variables { ttl = 1 }
}

run "bad_health" {
  command         = plan
  expect_failures = [var.health]
  variables { health = { seconds = 5 } }
}

run "bad_records" {
  command         = plan
  expect_failures = [var.records]
  variables { records = { "www" = ["x"] } }
}
