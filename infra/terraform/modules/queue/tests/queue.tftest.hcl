mock_provider "oci" {
  mock_resource "oci_queue_queue" {
    defaults = { messages_endpoint = "https://cell-1.queue.messaging.us-ashburn-1.oci.oraclecloud.com" }
  }
}

run "defaults" {
  command = apply
  assert {
    condition     = oci_queue_queue.this["work"].dead_letter_queue_delivery_count > 12 && oci_queue_queue.this["work"].retention_in_seconds <= 168 * 3600
    error_message = "The shop refuses this queue at its start."
  }
  assert {
    condition     = oci_queue_queue.this["work"].custom_encryption_key_id == "ocid1.key.oc1.iad.messages" && startswith(output.queues.work.endpoint, "https://")
    error_message = "Messages must be encrypted with the shop's key."
  }
}

run "options" {
  command = plan
  variables { queues = { work = { deliveries = 15, retention_hours = 24, visible_seconds = 60 }, more = {} } }
  assert {
    condition     = length(oci_queue_queue.this) == 2 && oci_queue_queue.this["work"].retention_in_seconds == 86400 && oci_queue_queue.this["work"].visibility_in_seconds == 60
    error_message = "The options are not used."
  }
}

run "bad_key" {
  command         = plan
  expect_failures = [var.kms_key_id]
  variables { kms_key_id = "key" }
}

run "bad_name" {
  command         = plan
  expect_failures = [var.queues]
  variables { queues = { "My Queue" = {} } }
}

run "bad_deliveries" {
  command         = plan
  expect_failures = [var.queues]
  variables { queues = { work = { deliveries = 5 } } }
}

run "bad_retention" {
  command         = plan
  expect_failures = [var.queues]
  variables { queues = { work = { retention_hours = 200 } } }
}

run "bad_visible" {
  command         = plan
  expect_failures = [var.queues]
  variables { queues = { work = { visible_seconds = 1 } } }
}
