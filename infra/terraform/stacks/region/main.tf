locals {
  key     = var.region_keys[var.region]
  standby = var.role == "standby"
  tags    = merge({ shop = var.name, environment = var.environment, stack = "region", role = var.role }, var.freeform_tags)
  common = {
    compartment_id = var.compartment_id
    name           = var.name
    environment    = var.environment
    region_key     = local.key
    freeform_tags  = local.tags
    defined_tags   = var.defined_tags
  }
  namespace = data.oci_objectstorage_namespace.this.namespace
  all       = data.oci_identity_availability_domains.all.availability_domains[*].name
  domains   = slice(coalesce(var.cluster.domains, local.all), 0, min(coalesce(var.cluster.domain_count, 99), length(coalesce(var.cluster.domains, local.all))))
}

data "oci_identity_availability_domains" "all" {
  compartment_id = var.tenancy_id
}

data "oci_objectstorage_namespace" "this" {
  compartment_id = var.tenancy_id
}
