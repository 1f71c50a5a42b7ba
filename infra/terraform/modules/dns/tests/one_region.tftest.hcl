mock_provider "oci" {}

run "one_region" {
  command = apply
  variables { addresses = [{ region_key = "iad", address = "192.0.2.10" }] }
  assert {
    condition     = length(oci_dns_steering_policy.this) + length(oci_dns_steering_policy_attachment.this) == 0
    error_message = "One region needs no steering."
  }
}
