resource "oci_monitoring_alarm" "this" {
  for_each = var.alarms

  compartment_id                                = var.compartment_id
  metric_compartment_id                         = var.compartment_id
  display_name                                  = "alarm-${local.prefix}-${each.key}"
  namespace                                     = each.value.namespace
  query                                         = each.value.query
  severity                                      = each.value.severity
  pending_duration                              = each.value.pending
  resolution                                    = "1m"
  is_enabled                                    = each.value.enabled
  destinations                                  = [each.value.severity == "CRITICAL" ? var.topic_ids.page : var.topic_ids.ticket]
  repeat_notification_duration                  = each.value.severity == "CRITICAL" ? "PT1H" : "PT24H"
  message_format                                = "ONS_OPTIMIZED"
  is_notifications_per_metric_dimension_enabled = false
  alarm_summary                                 = each.value.summary
  body                                          = "${each.value.summary} ${var.runbooks}${each.value.runbook}.md"
  freeform_tags                                 = merge(var.freeform_tags, { runbook = each.value.runbook, severity = each.value.severity })
  defined_tags                                  = var.defined_tags
}

resource "oci_apm_apm_domain" "this" {
  for_each = var.apm.enabled ? { traces = var.apm.free } : {}

  compartment_id = var.compartment_id
  display_name   = "apm-${local.prefix}"
  description    = "traces of ${local.prefix}"
  is_free_tier   = each.value
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}
