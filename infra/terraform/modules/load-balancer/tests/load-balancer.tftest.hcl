mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = oci_load_balancer_load_balancer.this.is_delete_protection_enabled && oci_load_balancer_listener.https.port == 443 && !contains(oci_load_balancer_listener.https.ssl_configuration[0].protocols, "TLSv1.1")
    error_message = "Shoppers come by TLS 1.2 or newer."
  }
  assert {
    condition     = one(oci_load_balancer_rule_set.https.items).action == "REDIRECT" && contains(oci_load_balancer_listener.http.rule_set_names, "https")
    error_message = "HTTP is sent on to HTTPS."
  }
}

run "options" {
  command = plan
  variables {
    environment = "dev"
    mbps        = { min = 10, max = 10 }
  }
  assert {
    condition     = oci_load_balancer_load_balancer.this.shape_details[0].maximum_bandwidth_in_mbps == 10 && !oci_load_balancer_load_balancer.this.is_delete_protection_enabled
    error_message = "The options are not used."
  }
}

run "bad_subnet" {
  command         = plan
  expect_failures = [var.subnet_id]
  variables { subnet_id = "edge" }
}

run "bad_nsg" {
  command         = plan
  expect_failures = [var.nsg_ids]
  variables { nsg_ids = [] }
}

run "bad_ip" {
  command         = plan
  expect_failures = [var.public_ip_id]
  variables { public_ip_id = "192.0.2.1" }
}

run "bad_certificate" {
  command         = plan
  expect_failures = [var.certificate_id]
  variables { certificate_id = "cert" }
}

run "bad_mbps" {
  command         = plan
  expect_failures = [var.mbps]
  variables { mbps = { min = 100, max = 10 } }
}
