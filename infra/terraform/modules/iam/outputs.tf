output "shop_compartment_id" {
  description = "OCID of the shop's compartment."
  value       = local.compartment_id
}

output "workloads" {
  description = "Service accounts of Kubernetes by workload, as the policies name them."
  value       = { for w in keys(local.needs) : w => "${var.kubernetes_namespace}/${w}" }
}
