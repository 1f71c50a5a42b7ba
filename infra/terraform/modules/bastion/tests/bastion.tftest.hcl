mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = oci_bastion_bastion.this.max_session_ttl_in_seconds == 10800 && oci_bastion_bastion.this.name == "bastion-prod-iad-tradewind"
    error_message = "A session lasts three hours at most."
  }
}

run "options" {
  command = plan
  variables {
    max_session_hours = 0.5
    allow_from        = ["203.0.113.0/24", "198.51.100.7/32"]
  }
  assert {
    condition     = oci_bastion_bastion.this.max_session_ttl_in_seconds == 1800 && length(oci_bastion_bastion.this.client_cidr_block_allow_list) == 2
    error_message = "The options are not used."
  }
}

run "bad_subnet" {
  command         = plan
  expect_failures = [var.subnet_id]
  variables { subnet_id = "bastion" }
}

run "bad_everybody" {
  command         = plan
  expect_failures = [var.allow_from]
  variables { allow_from = ["0.0.0.0/0"] }
}

run "bad_nobody" {
  command         = plan
  expect_failures = [var.allow_from]
  variables { allow_from = [] }
}

run "bad_hours" {
  command         = plan
  expect_failures = [var.max_session_hours]
  variables { max_session_hours = 24 }
}
