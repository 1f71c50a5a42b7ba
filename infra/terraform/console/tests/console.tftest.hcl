# The root is tested as it is put together for the console: scripts/terraform.sh.

mock_provider "oci" {
  mock_data "oci_identity_region_subscriptions" {
    defaults = { region_subscriptions = [{ region_name = "us-ashburn-1", region_key = "IAD", is_home_region = true, state = "READY", status = "READY", tenancy_id = "ocid1.tenancy.oc1..aaaa" }] }
  }
  mock_data "oci_identity_availability_domains" {
    defaults = { availability_domains = [{ name = "AD-1", id = "ocid1.availabilitydomain.oc1..aaaa", compartment_id = "" }] }
  }
  mock_data "oci_containerengine_node_pool_option" {
    defaults = { sources = [{ image_id = "ocid1.image.oc1.iad.ol8", source_name = "Oracle-Linux-8", source_type = "IMAGE" }] }
  }
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

mock_provider "oci" {
  alias = "home"
}

run "bad_compartment" {
  command         = plan
  expect_failures = [var.compartment_ocid]
  variables {
    compartment_ocid = "ocid1.tenancy.oc1..aaaa"
  }
}

run "bad_size" {
  command         = plan
  expect_failures = [var.size]
  variables {
    size = "huge"
  }
}

run "bad_mail" {
  command         = plan
  expect_failures = [var.email]
  variables {
    email = "ops"
  }
}

run "bad_budget" {
  command         = plan
  expect_failures = [var.monthly_budget]
  variables {
    monthly_budget = 10.5
  }
}
