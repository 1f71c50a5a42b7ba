locals {
  standby = var.role == "standby"
  made    = var.existing_id == null
  private = !var.free
  id      = local.made ? oci_database_autonomous_database.this["db"].id : var.existing_id
}

resource "oci_database_autonomous_database" "this" {
  for_each = local.made ? { db = var.db_name } : {}

  compartment_id              = var.compartment_id
  db_name                     = each.value
  display_name                = "atp-${local.prefix}"
  db_workload                 = "OLTP"
  db_version                  = var.db_version
  license_model               = var.free ? null : var.license
  is_free_tier                = var.free
  is_dedicated                = false
  is_mtls_connection_required = var.mtls
  freeform_tags               = var.freeform_tags
  defined_tags                = var.defined_tags

  compute_model                       = "ECPU"
  compute_count                       = var.free ? null : var.ecpus
  data_storage_size_in_gb             = var.free ? null : var.storage_gb
  is_auto_scaling_enabled             = !var.free && var.auto_scaling
  is_auto_scaling_for_storage_enabled = !var.free && var.auto_scaling
  backup_retention_period_in_days     = var.free || local.standby ? null : var.backup_days

  subnet_id              = local.private ? var.subnet_id : null
  nsg_ids                = local.private ? var.nsg_ids : null
  private_endpoint_label = local.private ? "db-${var.environment}-${var.region_key}" : null
  whitelisted_ips        = local.private ? null : var.free_from

  secret_id  = local.standby ? null : var.admin_secret_id
  vault_id   = try(var.kms.vault_id, null)
  kms_key_id = try(var.kms.key_id, null)

  source                         = local.standby ? "CROSS_REGION_DISASTER_RECOVERY" : "NONE"
  source_id                      = var.source_id
  remote_disaster_recovery_type  = local.standby ? "ADG" : null
  is_replicate_automatic_backups = local.standby ? true : null

  dynamic "long_term_backup_schedule" {
    for_each = var.long_term == null || local.standby ? [] : [var.long_term]
    content {
      is_disabled              = false
      repeat_cadence           = long_term_backup_schedule.value.every
      time_of_backup           = long_term_backup_schedule.value.at
      retention_period_in_days = long_term_backup_schedule.value.days
    }
  }

  dynamic "customer_contacts" {
    for_each = var.contacts
    content {
      email = customer_contacts.value
    }
  }

  lifecycle {
    prevent_destroy = true
    # A change of roles, which is a DR plan's to make, swaps these.
    ignore_changes = [source, source_id, remote_disaster_recovery_type, is_replicate_automatic_backups, secret_id, defined_tags]
  }
}

data "oci_database_autonomous_database" "existing" {
  for_each               = local.made ? {} : { db = var.existing_id }
  autonomous_database_id = each.value
}
