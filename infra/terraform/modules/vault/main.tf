locals {
  vault_id = var.existing_vault != null ? var.existing_vault.id : oci_kms_vault.this["vault"].id
  endpoint = var.existing_vault != null ? var.existing_vault.management_endpoint : oci_kms_vault.this["vault"].management_endpoint
}

resource "oci_kms_vault" "this" {
  for_each = var.existing_vault == null ? { vault = var.private ? "VIRTUAL_PRIVATE" : "DEFAULT" } : {}

  compartment_id = var.compartment_id
  display_name   = "vault-${local.prefix}"
  vault_type     = each.value
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_kms_key" "this" {
  for_each = var.keys

  compartment_id           = var.compartment_id
  display_name             = "key-${local.prefix}-${each.key}"
  management_endpoint      = local.endpoint
  protection_mode          = var.hsm ? "HSM" : "SOFTWARE"
  is_auto_rotation_enabled = var.private
  freeform_tags            = var.freeform_tags
  defined_tags             = var.defined_tags

  key_shape {
    algorithm = "AES"
    length    = 32 # bytes
  }

  dynamic "auto_key_rotation_details" {
    for_each = var.private ? [var.rotate_days] : []
    content {
      rotation_interval_in_days = auto_key_rotation_details.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "oci_vault_secret" "this" {
  for_each = var.standby ? {} : var.generated

  compartment_id         = var.compartment_id
  vault_id               = local.vault_id
  key_id                 = oci_kms_key.this["secrets"].id
  secret_name            = "${local.prefix}-${each.key}"
  description            = each.value.description
  enable_auto_generation = true
  freeform_tags          = var.freeform_tags
  defined_tags           = var.defined_tags

  secret_generation_context {
    generation_type     = "PASSPHRASE"
    generation_template = "DBAAS_DEFAULT_PASSWORD"
    passphrase_length   = each.value.length
  }

  dynamic "replication_config" {
    for_each = length(var.replicas) > 0 ? [var.replicas] : []
    content {
      dynamic "replication_targets" {
        for_each = replication_config.value
        content {
          target_region   = replication_targets.value.region
          target_vault_id = replication_targets.value.vault_id
          target_key_id   = replication_targets.value.key_id
        }
      }
    }
  }

  lifecycle {
    ignore_changes = [secret_generation_context] # a rotation makes a new version, not a new secret
  }
}
