mock_provider "oci" {
  mock_resource "oci_database_autonomous_database" {
    defaults = { private_endpoint = "db-prod-iad.adb.us-ashburn-1.oraclecloud.com", public_endpoint = "adb.us-ashburn-1.oraclecloud.com" }
  }
  mock_data "oci_database_autonomous_database" {
    defaults = { private_endpoint = "own.adb.us-ashburn-1.oraclecloud.com" }
  }
}

run "defaults" {
  command = apply
  assert {
    condition     = oci_database_autonomous_database.this["db"].compute_model == "ECPU" && oci_database_autonomous_database.this["db"].subnet_id == "ocid1.subnet.oc1.iad.data" && oci_database_autonomous_database.this["db"].kms_key_id == "ocid1.key.oc1.iad.database"
    error_message = "The database is private, and encrypted with the shop's key."
  }
  assert {
    condition     = oci_database_autonomous_database.this["db"].secret_id == "ocid1.vaultsecret.oc1.iad.admin" && oci_database_autonomous_database.this["db"].backup_retention_period_in_days == 60
    error_message = "The password is the vault's, and backups are kept for 60 days."
  }
  assert {
    condition     = output.host == "db-prod-iad.adb.us-ashburn-1.oraclecloud.com" && output.port == 1521
    error_message = "The endpoint is not told."
  }
}

run "options" {
  command = apply
  variables {
    ecpus        = 8
    auto_scaling = false
    storage_gb   = 500
    db_version   = "19c"
    license      = "BRING_YOUR_OWN_LICENSE"
    backup_days  = 30
    long_term    = { at = "2027-01-01T02:00:00Z" }
    mtls         = true
    contacts     = ["dba@example.com"]
  }
  assert {
    condition     = oci_database_autonomous_database.this["db"].long_term_backup_schedule[0].repeat_cadence == "MONTHLY" && oci_database_autonomous_database.this["db"].compute_count == 8 && oci_database_autonomous_database.this["db"].customer_contacts[0].email == "dba@example.com" && output.port == 1522
    error_message = "The options are not used."
  }
}

run "bad_name_of_database" {
  command         = plan
  expect_failures = [var.db_name]
  variables { db_name = "my-shop" }
}

run "bad_role" {
  command         = plan
  expect_failures = [var.role]
  variables { role = "reader" }
}

run "bad_source" {
  command         = plan
  expect_failures = [var.source_id]
  variables {
    role      = "standby"
    source_id = "primary"
  }
}

run "bad_source_missing" {
  command         = plan
  expect_failures = [var.source_id]
  variables { role = "standby" }
}

run "bad_secret" {
  command         = plan
  expect_failures = [var.admin_secret_id]
  variables { admin_secret_id = "Welcome_2026" }
}

run "bad_existing" {
  command         = plan
  expect_failures = [var.existing_id]
  variables { existing_id = "db" }
}

run "bad_free" {
  command         = plan
  expect_failures = [var.free]
  variables {
    free      = true
    free_from = ["203.0.113.7"]
  }
}

run "bad_free_from" {
  command         = plan
  expect_failures = [var.free_from]
  variables {
    environment = "dev"
    free        = true
  }
}

run "bad_ecpus" {
  command         = plan
  expect_failures = [var.ecpus]
  variables { ecpus = 1 }
}

run "bad_storage" {
  command         = plan
  expect_failures = [var.storage_gb]
  variables { storage_gb = 1 }
}

run "bad_version" {
  command         = plan
  expect_failures = [var.db_version]
  variables { db_version = "12c" }
}

run "bad_license" {
  command         = plan
  expect_failures = [var.license]
  variables { license = "FREE" }
}

run "bad_days" {
  command         = plan
  expect_failures = [var.backup_days]
  variables { backup_days = 90 }
}

run "bad_long_term" {
  command         = plan
  expect_failures = [var.long_term]
  variables { long_term = { every = "DAILY", at = "tomorrow" } }
}

run "bad_subnet" {
  command         = plan
  expect_failures = [var.subnet_id]
  variables { subnet_id = null }
}

run "bad_nsg" {
  command         = plan
  expect_failures = [var.nsg_ids]
  variables { nsg_ids = [] }
}

run "bad_kms" {
  command         = plan
  expect_failures = [var.kms]
  variables { kms = null }
}

run "bad_contacts" {
  command         = plan
  expect_failures = [var.contacts]
  variables { contacts = ["the dba"] }
}
