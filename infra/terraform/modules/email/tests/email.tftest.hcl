mock_provider "oci" {
  mock_resource "oci_email_dkim" {
    defaults = { dns_subdomain_name = "tradewind-iad-prod._domainkey.example.com", cname_record_value = "tradewind-iad-prod.example.com.dkim.iad1.oracleemaildelivery.com" }
  }
}

run "defaults" {
  command = apply
  assert {
    condition     = oci_email_dkim.this.name == "tradewind-iad-prod" && output.dkim.name == "tradewind-iad-prod._domainkey.example.com" && length(oci_email_sender.this) == 1
    error_message = "Mails are signed, and the record that proves it is told."
  }
}

run "bad_domain" {
  command         = plan
  expect_failures = [var.domain]
  variables {
    domain  = "example"
    senders = ["shop@example"]
  }
}

run "bad_sender" {
  command         = plan
  expect_failures = [var.senders]
  variables { senders = ["shop@example.org"] }
}
