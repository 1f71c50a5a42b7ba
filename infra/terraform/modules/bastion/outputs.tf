output "id" {
  description = "OCID of the bastion."
  value       = oci_bastion_bastion.this.id
}
