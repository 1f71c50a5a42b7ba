mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = alltrue([for b in oci_objectstorage_bucket.this : b.access_type == "NoPublicAccess" && b.kms_key_id == "ocid1.key.oc1.iad.objects"])
    error_message = "A bucket is public or not encrypted with the shop's key."
  }
  assert {
    condition     = alltrue([for k, b in oci_objectstorage_bucket.this : (b.versioning == "Enabled") == (length(b.retention_rules) == 0)])
    error_message = "Versions and retention rules exclude each other in a bucket; it needs one of them."
  }
  assert {
    condition     = length(oci_objectstorage_replication_policy.this) == 0 && length(oci_objectstorage_object_lifecycle_policy.this) == 7
    error_message = "One region copies nothing; each bucket has rules."
  }
}

run "primary" {
  command = plan
  variables { replica = { region = "us-phoenix-1", region_key = "phx" } }
  assert {
    condition     = sort(keys(oci_objectstorage_replication_policy.this)) == tolist(["analytics", "backups", "facts", "media"]) && oci_objectstorage_replication_policy.this["media"].destination_bucket_name == "bkt-prod-phx-tradewind-media"
    error_message = "What is to be copied is not."
  }
}

run "standby" {
  command = plan
  variables { standby = true }
  assert {
    condition     = sort(keys(oci_objectstorage_object_lifecycle_policy.this)) == tolist(["exports", "logs", "snapshots"]) && length(oci_objectstorage_bucket.this["backups"].retention_rules) == 0
    error_message = "What the other region writes into has rules that would refuse its writes."
  }
}

run "own_buckets" {
  command = plan
  variables { buckets = { media = { events = true, old_versions_days = 7 } } }
  assert {
    condition     = length(oci_objectstorage_bucket.this) == 1 && oci_objectstorage_bucket.this["media"].object_events_enabled
    error_message = "The options are not used."
  }
}

run "bad_namespace" {
  command         = plan
  expect_failures = [var.namespace]
  variables { namespace = "My Tenancy" }
}

run "bad_key" {
  command         = plan
  expect_failures = [var.kms_key_id]
  variables { kms_key_id = "key" }
}

run "bad_bucket" {
  command         = plan
  expect_failures = [var.buckets]
  variables { buckets = { "My Pictures" = {} } }
}

run "bad_days" {
  command         = plan
  expect_failures = [var.buckets]
  variables { buckets = { logs = { retain_days = 90, delete_days = 30 } } }
}

run "bad_replica" {
  command         = plan
  expect_failures = [var.replica]
  variables { replica = { region = "us-ashburn-1", region_key = "iad" } }
}
