mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = oci_kms_vault.this["vault"].vault_type == "DEFAULT" && length(oci_kms_key.this) == 5 && oci_kms_key.this["database"].protection_mode == "HSM"
    error_message = "A vault with five keys in hardware is made."
  }
  assert {
    condition     = alltrue([for s in oci_vault_secret.this : s.enable_auto_generation]) && length(oci_vault_secret.this) == 3
    error_message = "The vault makes up all secrets itself."
  }
  assert {
    condition     = alltrue([for s in oci_vault_secret.this : length(s.replication_config) == 0])
    error_message = "One region copies no secrets."
  }
}

run "options" {
  command = plan
  variables {
    private  = true
    hsm      = false
    replicas = { other = { region = "us-phoenix-1", vault_id = "ocid1.vault.oc1.phx.v", key_id = "ocid1.key.oc1.phx.k" } }
  }
  assert {
    condition     = oci_kms_vault.this["vault"].vault_type == "VIRTUAL_PRIVATE" && oci_kms_key.this["objects"].auto_key_rotation_details[0].rotation_interval_in_days == 90 && oci_kms_key.this["objects"].protection_mode == "SOFTWARE"
    error_message = "The options are not used."
  }
  assert {
    condition     = oci_vault_secret.this["token-secret"].replication_config[0].replication_targets[0].target_region == "us-phoenix-1"
    error_message = "Secrets are not copied to the other region."
  }
}

run "existing" {
  command = plan
  variables {
    existing_vault = { id = "ocid1.vault.oc1.iad.own", management_endpoint = "https://own-management.kms.example.com" }
  }
  assert {
    condition     = length(oci_kms_vault.this) == 0 && oci_kms_key.this["cluster"].management_endpoint == "https://own-management.kms.example.com"
    error_message = "A vault that exists is not used."
  }
}

run "standby" {
  command = plan
  variables { standby = true }
  assert {
    condition     = length(oci_vault_secret.this) == 0 && length(oci_kms_key.this) == 5
    error_message = "The standby has keys of its own and no secrets of its own."
  }
}

run "bad_existing" {
  command         = plan
  expect_failures = [var.existing_vault]
  variables { existing_vault = { id = "vault", management_endpoint = "http://x" } }
}

run "bad_keys" {
  command         = plan
  expect_failures = [var.keys]
  variables { keys = ["database"] }
}

run "bad_days" {
  command         = plan
  expect_failures = [var.rotate_days]
  variables { rotate_days = 7 }
}

run "bad_length" {
  command         = plan
  expect_failures = [var.generated]
  variables { generated = { token-secret = { length = 8, description = "short" } } }
}

run "bad_replica" {
  command         = plan
  expect_failures = [var.replicas]
  variables { replicas = { other = { region = "Phoenix", vault_id = "v", key_id = "k" } } }
}
