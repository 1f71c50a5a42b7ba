resource "oci_disaster_recovery_dr_protection_group" "this" {
  compartment_id       = var.compartment_id
  display_name         = "dr-${local.prefix}"
  disassociate_trigger = var.disassociate
  freeform_tags        = var.freeform_tags
  defined_tags         = var.defined_tags

  log_location {
    namespace = var.log.namespace
    bucket    = var.log.bucket
  }

  dynamic "association" {
    for_each = var.peer == null ? [] : [var.peer]
    content {
      role        = var.role
      peer_id     = association.value.group_id
      peer_region = association.value.region
    }
  }

  # Their order counts: the database first.
  members {
    member_id                                      = var.database_id
    member_type                                    = "AUTONOMOUS_DATABASE"
    autonomous_database_standby_type_for_dr_drills = "SNAPSHOT_STANDBY"
  }

  dynamic "members" {
    for_each = var.cluster == null ? [] : [var.cluster]
    content {
      member_id       = members.value.id
      member_type     = "OKE_CLUSTER"
      peer_cluster_id = members.value.peer_id

      backup_location {
        namespace = var.log.namespace
        bucket    = members.value.bucket
      }

      dynamic "managed_node_pool_configs" {
        for_each = members.value.pools
        content {
          id      = managed_node_pool_configs.key
          minimum = managed_node_pool_configs.value.min
          maximum = managed_node_pool_configs.value.max
        }
      }
    }
  }

  lifecycle {
    ignore_changes = [association] # a change of roles swaps it, and changing it here makes the group anew
  }
}

resource "oci_disaster_recovery_dr_plan" "this" {
  for_each = var.role == "STANDBY" ? var.plans : []

  dr_protection_group_id = oci_disaster_recovery_dr_protection_group.this.id
  display_name           = "plan-${local.prefix}-${lower(replace(each.key, "_", "-"))}"
  type                   = each.key
  freeform_tags          = var.freeform_tags
  defined_tags           = var.defined_tags
}
