output "public_ip_id" {
  description = "OCID of the reserved address."
  value       = oci_core_public_ip.this.id
}

output "address" {
  description = "The reserved address."
  value       = oci_core_public_ip.this.ip_address
}

output "certificate_id" {
  description = "OCID of the certificate."
  value       = var.certificate.existing_id != null ? var.certificate.existing_id : oci_certificates_management_certificate.this["shop"].id
}
