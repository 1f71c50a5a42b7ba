output "dkim" {
  description = "Record that proves the signature: a CNAME of name to value."
  value       = { name = oci_email_dkim.this.dns_subdomain_name, value = oci_email_dkim.this.cname_record_value }
}
