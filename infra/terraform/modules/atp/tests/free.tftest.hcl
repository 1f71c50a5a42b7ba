mock_provider "oci" {
  mock_resource "oci_database_autonomous_database" {
    defaults = { private_endpoint = "db-prod-iad.adb.us-ashburn-1.oraclecloud.com", public_endpoint = "adb.us-ashburn-1.oraclecloud.com" }
  }
  mock_data "oci_database_autonomous_database" {
    defaults = { private_endpoint = "own.adb.us-ashburn-1.oraclecloud.com" }
  }
}

run "free" {
  command = apply
  variables {
    environment = "dev"
    free        = true
    free_from   = ["203.0.113.7"]
    kms         = null
    subnet_id   = null
    nsg_ids     = []
  }
  assert {
    condition     = oci_database_autonomous_database.this["db"].is_free_tier && contains(oci_database_autonomous_database.this["db"].whitelisted_ips, "203.0.113.7") && output.host == "adb.us-ashburn-1.oraclecloud.com"
    error_message = "A free database is reached from the networks that are named."
  }
}
