output "shop_compartment_id" {
  description = "OCID of the shop's compartment: compartment_id of the stacks region."
  value       = module.iam.shop_compartment_id
}

output "workloads" {
  description = "Service accounts of Kubernetes by workload."
  value       = module.iam.workloads
}

output "nameservers" {
  description = "Name servers for the registrar of the domain."
  value       = flatten([for d in module.dns : d.nameservers])
}

output "sign_in" {
  description = "Client ids and issuers by door: the settings oidc.staff.* and oidc.customers.*."
  value       = { for k, a in module.identity_app : k => { client_id = a.client_id, issuer = a.issuer } }
}
