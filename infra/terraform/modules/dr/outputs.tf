output "group_id" {
  description = "OCID of the protection group."
  value       = oci_disaster_recovery_dr_protection_group.this.id
}

output "plan_ids" {
  description = "OCIDs of the plans by kind."
  value       = { for k, p in oci_disaster_recovery_dr_plan.this : k => p.id }
}
