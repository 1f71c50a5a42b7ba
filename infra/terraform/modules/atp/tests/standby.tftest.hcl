mock_provider "oci" {
  mock_resource "oci_database_autonomous_database" {
    defaults = { private_endpoint = "db-prod-iad.adb.us-ashburn-1.oraclecloud.com", public_endpoint = "adb.us-ashburn-1.oraclecloud.com" }
  }
  mock_data "oci_database_autonomous_database" {
    defaults = { private_endpoint = "own.adb.us-ashburn-1.oraclecloud.com" }
  }
}

run "standby" {
  command = apply
  variables {
    role            = "standby"
    source_id       = "ocid1.autonomousdatabase.oc1.phx.primary"
    admin_secret_id = null
    long_term       = { at = "2027-01-01T02:00:00Z" }
  }
  assert {
    condition     = oci_database_autonomous_database.this["db"].source == "CROSS_REGION_DISASTER_RECOVERY" && oci_database_autonomous_database.this["db"].remote_disaster_recovery_type == "ADG" && oci_database_autonomous_database.this["db"].is_replicate_automatic_backups && oci_database_autonomous_database.this["db"].db_name == "TRADEWIND"
    error_message = "The standby is a copy by Data Guard, with the backups, under the same name."
  }
  assert {
    condition     = length(oci_database_autonomous_database.this["db"].long_term_backup_schedule) == 0
    error_message = "A standby has no schedule of its own."
  }
}
