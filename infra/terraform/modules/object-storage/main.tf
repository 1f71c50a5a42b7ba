locals {
  # What the other region writes into is not deleted from by a rule here.
  ruled = { for k, b in var.buckets : k => b if !(var.standby && b.replicate) }
}

resource "oci_objectstorage_bucket" "this" {
  for_each = var.buckets

  compartment_id        = var.compartment_id
  namespace             = var.namespace
  name                  = "bkt-${local.prefix}-${each.key}"
  access_type           = "NoPublicAccess"
  storage_tier          = "Standard"
  versioning            = each.value.retain_days == null || (var.standby && each.value.replicate) ? "Enabled" : "Disabled" # a bucket has this or a retention rule
  kms_key_id            = var.kms_key_id
  object_events_enabled = each.value.events
  freeform_tags         = var.freeform_tags
  defined_tags          = var.defined_tags

  dynamic "retention_rules" {
    for_each = each.value.retain_days == null || (var.standby && each.value.replicate) ? [] : [each.value.retain_days]
    content {
      display_name = "keep"
      duration {
        time_amount = tostring(retention_rules.value)
        time_unit   = "DAYS"
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "oci_objectstorage_object_lifecycle_policy" "this" {
  for_each = local.ruled

  namespace = var.namespace
  bucket    = oci_objectstorage_bucket.this[each.key].name

  rules {
    name        = "unfinished-uploads"
    action      = "ABORT"
    target      = "multipart-uploads"
    is_enabled  = true
    time_amount = "2"
    time_unit   = "DAYS"
  }

  dynamic "rules" {
    for_each = each.value.retain_days == null ? [each.value.old_versions_days] : []
    content {
      name        = "old-versions"
      action      = "DELETE"
      target      = "previous-object-versions"
      is_enabled  = true
      time_amount = tostring(rules.value)
      time_unit   = "DAYS"
    }
  }

  dynamic "rules" {
    for_each = each.value.archive_days == null ? [] : [each.value.archive_days]
    content {
      name        = "archive"
      action      = "ARCHIVE"
      target      = "objects"
      is_enabled  = true
      time_amount = tostring(rules.value)
      time_unit   = "DAYS"
    }
  }

  dynamic "rules" {
    for_each = each.value.delete_days == null ? [] : [each.value.delete_days]
    content {
      name        = "delete"
      action      = "DELETE"
      target      = "objects"
      is_enabled  = true
      time_amount = tostring(rules.value)
      time_unit   = "DAYS"
    }
  }
}

# The copies must exist before: apply the standby's region first.
resource "oci_objectstorage_replication_policy" "this" {
  for_each = var.replica == null ? {} : { for k, b in var.buckets : k => b if b.replicate }

  namespace               = var.namespace
  bucket                  = oci_objectstorage_bucket.this[each.key].name
  name                    = "to-${var.replica.region_key}"
  destination_bucket_name = "bkt-${var.environment}-${var.replica.region_key}-${var.name}-${each.key}"
  destination_region_name = var.replica.region
}
