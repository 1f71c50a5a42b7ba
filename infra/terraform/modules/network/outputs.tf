output "vcn_id" {
  description = "OCID of the VCN."
  value       = local.vcn_id
}

output "cidr" {
  description = "Addresses of the VCN."
  value       = var.cidr
}

output "subnet_ids" {
  description = "OCIDs of the subnets by role: edge, api, nodes, pods, data, bastion."
  value       = local.subnet_ids
}

output "nsg_ids" {
  description = "OCIDs of the security groups by role: edge, api, nodes, pods, atp, cache, search, streaming, bastion."
  value       = { for k, g in oci_core_network_security_group.this : k => g.id }
}

output "rpc_id" {
  description = "OCID of the remote peering connection, for the side that joins; null without a peer."
  value       = one([for r in oci_core_remote_peering_connection.this : r.id])
}
