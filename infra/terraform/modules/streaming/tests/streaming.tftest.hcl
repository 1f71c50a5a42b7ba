mock_provider "oci" {}

run "defaults" {
  command = apply
  assert {
    condition     = oci_streaming_stream_pool.this.private_endpoint_settings[0].subnet_id == "ocid1.subnet.oc1.iad.data" && oci_streaming_stream_pool.this.custom_encryption_key[0].kms_key_id == "ocid1.key.oc1.iad.messages"
    error_message = "Streams are private, and encrypted with the shop's key."
  }
  assert {
    condition     = oci_streaming_stream.this["facts"].partitions == 3 && length(oci_sch_service_connector.archive) == 0
    error_message = "Nothing is archived unless it is said where."
  }
}

run "options" {
  command = apply
  variables {
    streams = { facts = { partitions = 12, retention_hours = 48 } }
    archive = { namespace = "axshopexample", bucket = "facts" }
  }
  assert {
    condition     = oci_streaming_stream.this["facts"].retention_in_hours == 48 && oci_sch_service_connector.archive["facts"].target[0].bucket == "facts"
    error_message = "The options are not used."
  }
}

run "bad_key" {
  command         = plan
  expect_failures = [var.kms_key_id]
  variables { kms_key_id = "key" }
}

run "bad_subnet" {
  command         = plan
  expect_failures = [var.subnet_id]
  variables { subnet_id = "data" }
}

run "bad_nsg" {
  command         = plan
  expect_failures = [var.nsg_ids]
  variables { nsg_ids = [] }
}

run "bad_streams" {
  command         = plan
  expect_failures = [var.streams]
  variables { streams = { facts = { retention_hours = 1000 } } }
}
