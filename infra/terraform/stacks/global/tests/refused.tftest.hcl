# What the stack refuses before it asks anybody. What it makes is judged by infra/terraform/policy.

mock_provider "oci" {
  mock_resource "oci_identity_compartment" {
    defaults = { id = "ocid1.compartment.oc1.iad.aaaa" }
  }
}

run "bad_tenancy" {
  command         = plan
  expect_failures = [var.tenancy_id]
  variables {
    tenancy_id = "tenancy"
  }
}

run "bad_region" {
  command         = plan
  expect_failures = [var.home_region]
  variables {
    home_region = "ashburn"
  }
}

run "bad_parent" {
  command         = plan
  expect_failures = [var.parent_compartment_id]
  variables {
    parent_compartment_id = "shops"
  }
}

run "bad_environment" {
  command         = plan
  expect_failures = [var.environment]
  variables {
    environment = "test"
  }
}

run "staff_sign_in_without_an_address" {
  command         = plan
  expect_failures = [var.identity]
  variables {
    identity = { domain_url = "https://idcs-aaaa.identity.oraclecloud.com:443" }
  }
}
