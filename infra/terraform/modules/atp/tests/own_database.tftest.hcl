mock_provider "oci" {
  mock_resource "oci_database_autonomous_database" {
    defaults = { private_endpoint = "db-prod-iad.adb.us-ashburn-1.oraclecloud.com", public_endpoint = "adb.us-ashburn-1.oraclecloud.com" }
  }
  mock_data "oci_database_autonomous_database" {
    defaults = { private_endpoint = "own.adb.us-ashburn-1.oraclecloud.com" }
  }
}

run "own_database" {
  command = apply
  variables { existing_id = "ocid1.autonomousdatabase.oc1.iad.own" }
  assert {
    condition     = length(oci_database_autonomous_database.this) == 0 && output.id == "ocid1.autonomousdatabase.oc1.iad.own" && output.host == "own.adb.us-ashburn-1.oraclecloud.com"
    error_message = "A database that exists is not used."
  }
}
