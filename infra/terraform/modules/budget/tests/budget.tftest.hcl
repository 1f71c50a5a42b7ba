mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = oci_budget_budget.this.amount == 3000 && length(oci_budget_alert_rule.this) == 4 && oci_budget_alert_rule.this["forecast"].type == "FORECAST"
    error_message = "The owner hears before the month's budget is spent."
  }
  assert {
    condition     = alltrue([for s in oci_limits_quota.this["shop"].statements : endswith(s, " in compartment tradewind-prod")])
    error_message = "Quotas bound the shop's compartment."
  }
}

run "options" {
  command = plan
  variables {
    quotas     = []
    recipients = ["a@example.com", "b@example.com"]
  }
  assert {
    condition     = length(oci_limits_quota.this) == 0 && oci_budget_alert_rule.this["half"].recipients == "a@example.com,b@example.com"
    error_message = "The options are not used."
  }
}

run "bad_tenancy" {
  command         = plan
  expect_failures = [var.tenancy_id]
  variables { tenancy_id = "t" }
}

run "bad_compartment_of_shop" {
  command         = plan
  expect_failures = [var.shop_compartment]
  variables { shop_compartment = { id = "x", name = "shop" } }
}

run "bad_monthly" {
  command         = plan
  expect_failures = [var.monthly]
  variables { monthly = 0 }
}

run "bad_recipients" {
  command         = plan
  expect_failures = [var.recipients]
  variables { recipients = [] }
}

run "bad_quota" {
  command         = plan
  expect_failures = [var.quotas]
  variables { quotas = ["no GPUs"] }
}
