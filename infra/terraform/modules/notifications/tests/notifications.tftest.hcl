mock_provider "oci" {}

run "defaults" {
  command = apply
  assert {
    condition     = length(oci_ons_notification_topic.this) == 3 && length(oci_ons_subscription.this) == 0 && oci_events_rule.this["keys"].is_enabled
    error_message = "Three topics hear of what happens to keys and the database."
  }
}

run "options" {
  command = apply
  variables {
    topics = { page = { emails = ["oncall@example.com"], https = ["https://pager.example.com/oci"] }, ticket = {}, info = {}, shop = { emails = ["shop@example.com"] } }
    events = { database = { topic = "shop", types = ["com.oraclecloud.databaseservice.autonomous.database.critical"] } }
  }
  assert {
    condition     = length(oci_ons_subscription.this) == 3 && oci_ons_subscription.this["page-https://pager.example.com/oci"].protocol == "CUSTOM_HTTPS" && length(oci_events_rule.this) == 1
    error_message = "The options are not used."
  }
}

run "bad_topics" {
  command         = plan
  expect_failures = [var.topics]
  variables {
    topics = { page = {} }
    events = {}
  }
}

run "bad_address" {
  command         = plan
  expect_failures = [var.topics]
  variables { topics = { page = { emails = ["the people"] }, ticket = {}, info = {} } }
}

run "bad_type" {
  command         = plan
  expect_failures = [var.events]
  variables { events = { x = { topic = "page", types = ["fire"] } } }
}

run "bad_topic" {
  command         = plan
  expect_failures = [var.events]
  variables { events = { x = { topic = "nobody", types = ["com.oraclecloud.x"] } } }
}
