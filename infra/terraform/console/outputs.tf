output "shop_url" {
  description = "Where the shop is, when its name leads to the address and the workloads run."
  value       = "https://${var.host}"
}

output "address" {
  description = "Public address that the shop's name must lead to."
  value       = module.region.address
}

output "cluster_id" {
  description = "OCID of the cluster."
  value       = module.region.cluster_id
}

output "database_id" {
  description = "OCID of the database."
  value       = module.region.database_id
}

output "oke" {
  description = "What the manifests need to know: input of make oke-params."
  value       = jsonencode(module.region.oke)
}
