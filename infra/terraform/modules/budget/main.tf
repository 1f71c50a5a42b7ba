locals {
  at     = "in compartment ${var.shop_compartment.name}"
  quotas = var.quotas != null ? var.quotas : ["zero compute-core quotas /*gpu*/ ${local.at}", "zero compute-core quotas /*bm*/ ${local.at}", "zero database quotas /*exadata*/ ${local.at}"]
}

resource "oci_budget_budget" "this" {
  compartment_id         = var.tenancy_id
  display_name           = "budget-${local.prefix}"
  description            = "what ${local.prefix} may cost in a month"
  amount                 = var.monthly
  reset_period           = "MONTHLY"
  target_type            = "COMPARTMENT"
  targets                = [var.shop_compartment.id]
  processing_period_type = "MONTH"
  freeform_tags          = var.freeform_tags
  defined_tags           = var.defined_tags
}

resource "oci_budget_alert_rule" "this" {
  for_each = { half = ["ACTUAL", 50], most = ["ACTUAL", 80], all = ["ACTUAL", 100], forecast = ["FORECAST", 110] }

  budget_id      = oci_budget_budget.this.id
  display_name   = "budget-${local.prefix}-${each.key}"
  type           = each.value[0]
  threshold      = each.value[1]
  threshold_type = "PERCENTAGE"
  recipients     = join(",", var.recipients)
  message        = "${local.prefix}: ${each.value[1]} % of the month's budget, ${lower(each.value[0])}. See the runbook cost-alarm."
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_limits_quota" "this" {
  for_each = length(local.quotas) > 0 ? { shop = local.quotas } : {}

  compartment_id = var.tenancy_id
  name           = "quota-${local.prefix}"
  description    = "what ${var.shop_compartment.name} may have"
  statements     = each.value
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}
