mock_provider "oci" {
  mock_resource "oci_core_public_ip" {
    defaults = { ip_address = "192.0.2.10" }
  }
}

run "defaults" {
  command = apply
  assert {
    condition     = oci_core_public_ip.this.lifetime == "RESERVED" && output.address == "192.0.2.10" && oci_certificates_management_certificate.this["shop"].certificate_rules[0].renewal_interval == "P60D"
    error_message = "The address is reserved, and the certificate renews itself."
  }
}

run "own_certificate" {
  command = apply
  variables { certificate = { existing_id = "ocid1.certificate.oc1.iad.own" } }
  assert {
    condition     = length(oci_certificates_management_certificate.this) == 0 && output.certificate_id == "ocid1.certificate.oc1.iad.own"
    error_message = "A certificate that exists is not used."
  }
}

run "bad_neither" {
  command         = plan
  expect_failures = [var.certificate]
  variables { certificate = { hosts = ["shop.example.com"] } }
}

run "bad_host" {
  command         = plan
  expect_failures = [var.certificate]
  variables { certificate = { authority_id = "ocid1.certificateauthority.oc1.iad.aaaa", hosts = ["https://shop"] } }
}
