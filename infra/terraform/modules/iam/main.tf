locals {
  compartment_id = var.existing_compartment_id != null ? var.existing_compartment_id : oci_identity_compartment.this["shop"].id
  in_shop        = "in compartment id ${local.compartment_id}"
}

resource "oci_identity_compartment" "this" {
  for_each = var.existing_compartment_id == null ? { shop = "${var.name}-${var.environment}" } : {}

  compartment_id = var.compartment_id
  name           = each.value
  description    = "${var.name}, ${var.environment}"
  enable_delete  = var.environment != "prod"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_identity_tag_namespace" "this" {
  for_each = var.tags ? { shop = "${var.name}-${var.environment}" } : {}

  compartment_id = local.compartment_id
  name           = each.value
  description    = "tags of ${var.name}, ${var.environment}"
  freeform_tags  = var.freeform_tags
}

resource "oci_identity_tag" "this" {
  for_each = var.tags ? { environment = "which installation it belongs to", owner = "who made it" } : {}

  tag_namespace_id = oci_identity_tag_namespace.this["shop"].id
  name             = each.key
  description      = each.value
  is_cost_tracking = each.key == "environment"
}

resource "oci_identity_tag_default" "this" {
  for_each = var.tags ? { environment = var.environment, owner = "$${iam.principal.name}" } : {}

  compartment_id    = local.compartment_id
  tag_definition_id = oci_identity_tag.this[each.key].id
  value             = each.value
  is_required       = false
}

data "oci_identity_compartment" "existing" {
  for_each = var.existing_compartment_id == null ? {} : { shop = var.existing_compartment_id }
  id       = each.value
}
