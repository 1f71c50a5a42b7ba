# The same in every module: what all of them refuse. terraform.tfvars has the rest.

mock_provider "oci" {}

run "bad_compartment" {
  command         = plan
  expect_failures = [var.compartment_id]
  variables {
    compartment_id = "shop"
  }
}

run "bad_name" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "My Shop"
  }
}

run "bad_environment" {
  command         = plan
  expect_failures = [var.environment]
  variables {
    environment = "test"
  }
}

run "bad_region_key" {
  command         = plan
  expect_failures = [var.region_key]
  variables {
    region_key = "ashburn"
  }
}
