output "cluster_id" {
  description = "OCID of the cluster."
  value       = local.cluster_id
}

output "node_pool_ids" {
  description = "OCIDs of the node pools by availability domain (ad1, ad2, ad3)."
  value       = { for k, p in oci_containerengine_node_pool.this : k => p.id }
}

output "private_endpoint" {
  description = "Address of the Kubernetes API within the VCN; null for a cluster that existed."
  value       = local.made ? try(oci_containerengine_cluster.this["cluster"].endpoints[0].private_endpoint, null) : null
}
