mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = oci_waf_web_app_firewall_policy.this.request_protection[0].rules[0].action_name == "refuse" && length(oci_waf_web_app_firewall_policy.this.request_rate_limiting[0].rules) == 4
    error_message = "Attacks are refused, and addresses are limited."
  }
  assert {
    condition     = length(oci_waf_web_app_firewall_policy.this.request_access_control[0].rules) == 0 && length(oci_waf_web_app_firewall.this) == 0
    error_message = "Nobody is refused by where they are."
  }
}

run "options" {
  command = apply
  variables {
    block            = { networks = ["203.0.113.0/24"], countries = ["AQ"] }
    admin_from       = ["198.51.100.0/24"]
    observe          = true
    load_balancer_id = "ocid1.loadbalancer.oc1.iad.lb"
    rates            = { all = { path = "/", limit = 10, seconds = 1 } }
    capabilities     = { "941140" = 1 }
  }
  assert {
    condition     = length(oci_waf_web_app_firewall_policy.this.request_access_control[0].rules) == 3 && oci_waf_web_app_firewall_policy.this.request_protection[0].rules[0].action_name == "note" && oci_waf_web_app_firewall.this["shop"].load_balancer_id == "ocid1.loadbalancer.oc1.iad.lb"
    error_message = "The options are not used."
  }
}

run "bad_network" {
  command         = plan
  expect_failures = [var.block]
  variables { block = { networks = ["everybody"] } }
}

run "bad_country" {
  command         = plan
  expect_failures = [var.block]
  variables { block = { countries = ["Antarctica"] } }
}

run "bad_rate" {
  command         = plan
  expect_failures = [var.rates]
  variables { rates = { all = { path = "all", limit = 1, seconds = 1 } } }
}

run "bad_admin" {
  command         = plan
  expect_failures = [var.admin_from]
  variables { admin_from = ["office"] }
}

run "bad_capability" {
  command         = plan
  expect_failures = [var.capabilities]
  variables { capabilities = { sql = 1 } }
}

run "bad_balancer" {
  command         = plan
  expect_failures = [var.load_balancer_id]
  variables { load_balancer_id = "lb" }
}
