mock_provider "oci" {}

run "defaults" {
  command = apply
  assert {
    condition     = oci_identity_domains_app.this.client_type == "confidential" && oci_identity_domains_app.this.allowed_grants == toset(["authorization_code"]) && alltrue([for u in oci_identity_domains_app.this.redirect_uris : startswith(u, "https://shop.example.com/v1/admin/sign-in/oidc/")])
    error_message = "Staff sign in by code, and come back to the shop alone."
  }
  assert {
    condition     = length(oci_identity_domains_grant.this) == 4 && oci_identity_domains_app.this.allow_access_control && output.issuer == "https://idcs-aaaa.identity.oraclecloud.com"
    error_message = "Only members of the groups may use it."
  }
}

run "customers" {
  command = plan
  variables {
    door   = "customers"
    groups = {}
    active = false
  }
  assert {
    condition     = length(oci_identity_domains_group.this) == 0 && !oci_identity_domains_app.this.active && !oci_identity_domains_app.this.allow_access_control
    error_message = "The options are not used."
  }
}

run "bad_domain" {
  command         = plan
  expect_failures = [var.domain_url]
  variables { domain_url = "https://idcs.example.com/oauth2" }
}

run "bad_shop" {
  command         = plan
  expect_failures = [var.shop_url]
  variables { shop_url = "http://shop.example.com" }
}

run "bad_door" {
  command         = plan
  expect_failures = [var.door]
  variables { door = "cats" }
}

run "bad_group" {
  command         = plan
  expect_failures = [var.groups]
  variables { groups = { "All Staff" = "x" } }
}
