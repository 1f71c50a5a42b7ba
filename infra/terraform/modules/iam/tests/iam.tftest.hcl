mock_provider "oci" {
  mock_resource "oci_identity_compartment" {
    defaults = { id = "ocid1.compartment.oc1..shop" }
  }
}

run "defaults" {
  command = apply
  assert {
    condition     = oci_identity_compartment.this["shop"].name == "tradewind-prod" && !oci_identity_compartment.this["shop"].enable_delete && length(oci_identity_policy.workload) == 0
    error_message = "There is a compartment that is not deleted, and nobody is allowed anything before there is a cluster."
  }
  assert {
    condition     = oci_identity_tag_default.this["owner"].value == "$${iam.principal.name}" && oci_identity_tag.this["environment"].is_cost_tracking
    error_message = "Everything in the compartment has tags by default."
  }
}

run "options" {
  command = apply
  variables {
    existing_compartment_id = "ocid1.compartment.oc1..own"
    clusters                = { iad = "ocid1.cluster.oc1.iad.c", phx = "ocid1.cluster.oc1.phx.c" }
    kubernetes_namespace    = "shop"
    buckets                 = { media = { iad = "bkt-prod-iad-tradewind-media" } }
    operators               = "'Default'/'shop-operators'"
    tags                    = false
  }
  assert {
    condition     = length(oci_identity_policy.workload) == 16 && length(oci_identity_compartment.this) + length(oci_identity_tag.this) == 0
    error_message = "Eight workloads in two regions have a policy each."
  }
  assert {
    condition     = alltrue([for p in oci_identity_policy.workload : alltrue([for s in p.statements : strcontains(s, "request.principal.service_account = ") && strcontains(s, "request.principal.cluster_id = 'ocid1.cluster.")])])
    error_message = "A statement does not say whose request it is for."
  }
  assert {
    condition = (length([for s in oci_identity_policy.workload["payment-iad"].statements : s if strcontains(s, "provider-key")]) == 1
    && length([for k, p in oci_identity_policy.workload : k if !startswith(k, "payment-") && anytrue([for s in p.statements : strcontains(s, "provider-")])]) == 0)
    error_message = "Only the payment service may read the provider's keys."
  }
  assert {
    condition     = contains(oci_identity_policy.workload["product-iad"].statements, "Allow any-user to manage objects in compartment id ocid1.compartment.oc1..own where all {request.principal.type = 'workload', request.principal.namespace = 'shop', request.principal.service_account = 'tradewind-product', request.principal.cluster_id = 'ocid1.cluster.oc1.iad.c', target.bucket.name = 'bkt-prod-iad-tradewind-media'}")
    error_message = "Media may be written by the product service, to its bucket alone."
  }
  assert {
    condition     = contains(oci_identity_policy.operators["operators"].statements, "Allow group 'Default'/'shop-operators' to use clusters in compartment id ocid1.compartment.oc1..own")
    error_message = "Operators may not operate."
  }
}

run "bad_tenancy" {
  command         = plan
  expect_failures = [var.tenancy_id]
  variables { tenancy_id = "ocid1.compartment.oc1..aaaa" }
}

run "bad_existing" {
  command         = plan
  expect_failures = [var.existing_compartment_id]
  variables { existing_compartment_id = "shop" }
}

run "bad_cluster" {
  command         = plan
  expect_failures = [var.clusters]
  variables { clusters = { iad = "cluster" } }
}

run "bad_namespace" {
  command         = plan
  expect_failures = [var.kubernetes_namespace]
  variables { kubernetes_namespace = "My Shop" }
}

run "bad_bucket" {
  command         = plan
  expect_failures = [var.buckets]
  variables { buckets = { pictures = { iad = "x" } } }
}

run "bad_operators" {
  command         = plan
  expect_failures = [var.operators]
  variables { operators = "a'; drop" }
}
