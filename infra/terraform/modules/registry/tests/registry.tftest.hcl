mock_provider "oci" {}

run "defaults" {
  command = plan
  assert {
    condition     = !oci_artifacts_container_repository.this["tradewind"].is_public && oci_artifacts_container_repository.this["tradewind"].is_immutable
    error_message = "Images are private, and a tag cannot be moved."
  }
  assert {
    condition     = one(oci_vulnerability_scanning_container_scan_target.this["recipe"].target_registry).repositories == tolist(["prod-iad-tradewind/tradewind"])
    error_message = "Images are scanned."
  }
}

run "options" {
  command = plan
  variables {
    repositories = ["tradewind", "web"]
    scan         = false
  }
  assert {
    condition     = length(oci_artifacts_container_repository.this) == 2 && length(oci_vulnerability_scanning_container_scan_recipe.this) == 0
    error_message = "The options are not used."
  }
}

run "bad_repository" {
  command         = plan
  expect_failures = [var.repositories]
  variables { repositories = ["My Images"] }
}
