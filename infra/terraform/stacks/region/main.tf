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
  domains   = var.cluster.domains != null ? var.cluster.domains : data.oci_identity_availability_domains.all.availability_domains[*].name
}

data "oci_identity_availability_domains" "all" {
  compartment_id = var.tenancy_id
}

data "oci_objectstorage_namespace" "this" {
  compartment_id = var.tenancy_id
}
