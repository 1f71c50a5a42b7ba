resource "oci_queue_queue" "this" {
  for_each = var.queues

  compartment_id                   = var.compartment_id
  display_name                     = "queue-${local.prefix}-${each.key}"
  dead_letter_queue_delivery_count = each.value.deliveries
  retention_in_seconds             = each.value.retention_hours * 3600
  visibility_in_seconds            = each.value.visible_seconds
  timeout_in_seconds               = 20
  channel_consumption_limit        = 100
  custom_encryption_key_id         = var.kms_key_id
  freeform_tags                    = var.freeform_tags
  defined_tags                     = var.defined_tags
}
