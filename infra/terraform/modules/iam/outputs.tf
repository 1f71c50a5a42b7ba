output "shop_compartment_id" {
  description = "OCID of the shop's compartment."
  value       = local.compartment_id
}

output "shop_compartment_name" {
  description = "Name of the shop's compartment."
  value       = var.existing_compartment_id == null ? oci_identity_compartment.this["shop"].name : data.oci_identity_compartment.existing["shop"].name
}

output "workloads" {
  description = "Service accounts of Kubernetes by workload, as the policies name them."
  value       = { for w in keys(local.needs) : w => "${var.kubernetes_namespace}/tradewind-${w}" }
}
