output "vault_id" {
  description = "OCID of the vault."
  value       = local.vault_id
}

output "key_ids" {
  description = "OCIDs of the keys by purpose."
  value       = { for k, v in oci_kms_key.this : k => v.id }
}

output "secret_ids" {
  description = "OCIDs of the secrets by name; empty in the standby region, where they come by replication."
  value       = { for k, v in oci_vault_secret.this : k => v.id }
}
