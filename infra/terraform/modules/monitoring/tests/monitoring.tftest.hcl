mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = oci_monitoring_alarm.this["oversold"].destinations == tolist(["ocid1.onstopic.oc1.iad.page"]) && oci_monitoring_alarm.this["database-cpu"].destinations == tolist(["ocid1.onstopic.oc1.iad.ticket"])
    error_message = "Only what is critical wakes somebody."
  }
  assert {
    condition     = endswith(oci_monitoring_alarm.this["oversold"].body, "/docs/runbooks/oversold.md") && alltrue([for a in oci_monitoring_alarm.this : a.resolution == "1m"])
    error_message = "An alarm says what to do."
  }
  assert {
    condition     = !oci_apm_apm_domain.this["traces"].is_free_tier
    error_message = "There is a domain for traces."
  }
}

run "options" {
  command = plan
  variables {
    runbooks = "https://wiki.example.com/"
    apm      = { enabled = false }
    alarms   = { x = { namespace = "tradewind", query = "x[5m].sum() > 1", runbook = "x", summary = "x", enabled = false } }
  }
  assert {
    condition     = length(oci_apm_apm_domain.this) == 0 && !oci_monitoring_alarm.this["x"].is_enabled && strcontains(oci_monitoring_alarm.this["x"].body, "https://wiki.example.com/x.md")
    error_message = "The options are not used."
  }
}

run "bad_topics" {
  command         = plan
  expect_failures = [var.topic_ids]
  variables { topic_ids = { page = "x" } }
}

run "bad_runbooks" {
  command         = plan
  expect_failures = [var.runbooks]
  variables { runbooks = "wiki" }
}

run "bad_severity" {
  command         = plan
  expect_failures = [var.alarms]
  variables { alarms = { x = { namespace = "a", query = "x[1m].max() > 1", severity = "BAD", runbook = "x", summary = "x" } } }
}

run "bad_query" {
  command         = plan
  expect_failures = [var.alarms]
  variables { alarms = { x = { namespace = "a", query = "x > 1", runbook = "x", summary = "x" } } }
}

run "bad_pending" {
  command         = plan
  expect_failures = [var.alarms]
  variables { alarms = { x = { namespace = "a", query = "x[1m].max() > 1", pending = "5m", runbook = "x", summary = "x" } } }
}
