mock_provider "oci" {}

run "planned_move" {
  command = apply
  variables {
    addresses        = [{ region_key = "iad", address = "192.0.2.10", disabled = true }, { region_key = "phx", address = "198.51.100.10" }]
    existing_zone_id = "ocid1.dns-zone.oc1..own"
    host             = "store"
    ttl              = 60
    health           = { path = "/healthz", seconds = 10 }
    records          = { "_dmarc TXT" = ["v=DMARC1; p=reject"], "@ CAA" = ["0 issue \"letsencrypt.org\""] }
  }
  assert {
    condition     = one(oci_dns_rrset.shop.items).rdata == "198.51.100.10" && oci_dns_steering_policy.this["shop"].answers[0].is_disabled
    error_message = "A region that is taken out still answers."
  }
  assert {
    condition     = length(oci_dns_zone.this) == 0 && one(oci_dns_rrset.more["@ CAA"].items).domain == "example.com" && one(oci_dns_rrset.more["_dmarc TXT"].items).domain == "_dmarc.example.com"
    error_message = "The options are not used."
  }
}
