locals {
  subscriptions = merge(flatten([for name, t in var.topics : [
    { for e in t.emails : "${name}-${e}" => { topic = name, protocol = "EMAIL", endpoint = e } },
    { for h in t.https : "${name}-${h}" => { topic = name, protocol = "CUSTOM_HTTPS", endpoint = h } },
  ]])...)
}

resource "oci_ons_notification_topic" "this" {
  for_each = var.topics

  compartment_id = var.compartment_id
  name           = "topic-${local.prefix}-${each.key}"
  description    = "${each.key} of ${local.prefix}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_ons_subscription" "this" {
  for_each = local.subscriptions

  compartment_id = var.compartment_id
  topic_id       = oci_ons_notification_topic.this[each.value.topic].topic_id
  protocol       = each.value.protocol
  endpoint       = each.value.endpoint
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_events_rule" "this" {
  for_each = var.events

  compartment_id = var.compartment_id
  display_name   = "event-${local.prefix}-${each.key}"
  description    = "tells ${each.value.topic} of ${each.key}"
  is_enabled     = true
  condition      = jsonencode({ eventType = each.value.types })
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  actions {
    actions {
      action_type = "ONS"
      is_enabled  = true
      topic_id    = oci_ons_notification_topic.this[each.value.topic].topic_id
    }
  }
}
