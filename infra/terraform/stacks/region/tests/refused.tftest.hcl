# What the stack refuses before it asks anybody. What it makes is judged by infra/terraform/policy.

mock_provider "oci" {
  mock_data "oci_core_services" {
    defaults = {
      services = [{ id = "ocid1.service.oc1.iad.aaaa", cidr_block = "all-iad-services-in-oracle-services-network", name = "All IAD Services In Oracle Services Network", description = "" }]
    }
  }
  mock_data "oci_objectstorage_namespace" {
    defaults = { namespace = "shop" }
  }
  # Names that modules hand to each other.
  mock_resource "oci_core_vcn" {
    defaults = { id = "ocid1.vcn.oc1.iad.aaaa" }
  }
  mock_resource "oci_core_subnet" {
    defaults = { id = "ocid1.subnet.oc1.iad.aaaa" }
  }
  mock_resource "oci_core_network_security_group" {
    defaults = { id = "ocid1.networksecuritygroup.oc1.iad.aaaa" }
  }
  mock_resource "oci_kms_key" {
    defaults = { id = "ocid1.key.oc1.iad.aaaa" }
  }
  mock_resource "oci_kms_vault" {
    defaults = { id = "ocid1.vault.oc1.iad.aaaa", management_endpoint = "https://v-management.kms.us-ashburn-1.oraclecloud.com" }
  }
  mock_resource "oci_vault_secret" {
    defaults = { id = "ocid1.vaultsecret.oc1.iad.aaaa" }
  }
  mock_resource "oci_ons_notification_topic" {
    defaults = { id = "ocid1.onstopic.oc1.iad.aaaa" }
  }
  mock_resource "oci_logging_log_group" {
    defaults = { id = "ocid1.loggroup.oc1.iad.aaaa" }
  }
  mock_resource "oci_containerengine_cluster" {
    defaults = { id = "ocid1.cluster.oc1.iad.aaaa" }
  }
  mock_resource "oci_streaming_stream_pool" {
    defaults = { id = "ocid1.streampool.oc1.iad.aaaa" }
  }
  mock_resource "oci_streaming_stream" {
    defaults = { id = "ocid1.stream.oc1.iad.aaaa" }
  }
}

run "bad_tenancy" {
  command         = plan
  expect_failures = [var.tenancy_id]
  variables {
    tenancy_id = "ocid1.compartment.oc1..aaaa"
  }
}

run "bad_compartment" {
  command         = plan
  expect_failures = [var.compartment_id]
  variables {
    compartment_id = "shop"
  }
}

run "bad_environment" {
  command         = plan
  expect_failures = [var.environment]
  variables {
    environment = "test"
  }
}

run "bad_region" {
  command         = plan
  expect_failures = [var.region]
  variables {
    region      = "ashburn"
    region_keys = { "ashburn" = "iad" }
  }
}

run "region_without_key" {
  command         = plan
  expect_failures = [var.region_keys]
  variables {
    region = "eu-jovanovac-1"
  }
}

run "bad_role" {
  command         = plan
  expect_failures = [var.role]
  variables {
    role = "secondary"
  }
}

run "peer_is_this_region" {
  command         = plan
  expect_failures = [var.peer]
  variables {
    peer = { region = "us-ashburn-1", cidr = "10.20.0.0/16" }
  }
}

run "peer_has_the_same_addresses" {
  command         = plan
  expect_failures = [var.peer]
  variables {
    peer = { region = "us-phoenix-1", cidr = "10.10.0.0/16" }
  }
}

run "standby_without_a_primary" {
  command         = plan
  expect_failures = [var.peer]
  variables {
    role = "standby"
    peer = { region = "us-phoenix-1", cidr = "10.20.0.0/16" }
  }
}

run "half_a_vault" {
  command         = plan
  expect_failures = [var.peer]
  variables {
    peer = { region = "us-phoenix-1", cidr = "10.20.0.0/16", vault_id = "ocid1.vault.oc1.phx.aaaa" }
  }
}

run "bad_host" {
  command         = plan
  expect_failures = [var.shop]
  variables {
    shop = { host = "shop", authority = "ocid1.certificateauthority.oc1.iad.aaaa" }
  }
}

run "bad_owner_of_the_balancer" {
  command         = plan
  expect_failures = [var.shop]
  variables {
    shop = { host = "shop.example.com", authority = "ocid1.certificateauthority.oc1.iad.aaaa", lb_owner = "me" }
  }
}

run "no_certificate" {
  command         = plan
  expect_failures = [var.shop]
  variables {
    shop = { host = "shop.example.com" }
  }
}

run "two_certificates" {
  command         = plan
  expect_failures = [var.shop]
  variables {
    shop = { host = "shop.example.com", authority = "ocid1.certificateauthority.oc1.iad.aaaa", cert_id = "ocid1.certificate.oc1.iad.aaaa" }
  }
}

run "recovery_without_a_peer" {
  command         = plan
  expect_failures = [var.dr]
  variables {
    dr = { enabled = true }
  }
}

run "half_a_domain" {
  command         = plan
  expect_failures = [var.cluster]
  variables {
    cluster = { domain_count = 0.5, domains = ["AD-1"], nodes = { image_id = "ocid1.image.oc1.iad.aaaa" } }
  }
}
