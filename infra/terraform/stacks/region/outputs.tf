output "region_key" {
  description = "Key of the region."
  value       = local.key
}

output "cidr" {
  description = "Addresses of the VCN: peer.cidr of the other region."
  value       = module.network.cidr
}

output "rpc_id" {
  description = "peer.rpc_id of the standby."
  value       = module.network.rpc_id
}

output "vault_id" {
  description = "peer.vault_id of the primary."
  value       = module.vault.vault_id
}

output "secrets_key_id" {
  description = "peer.secrets_key_id of the primary."
  value       = module.vault.key_ids["secrets"]
}

output "database_id" {
  description = "peer.database_id of the standby."
  value       = module.atp.id
}

output "cluster_id" {
  description = "peer.cluster_id of the other region, and clusters of the stack global."
  value       = module.oke.cluster_id
}

output "dr_group_id" {
  description = "peer.dr_group_id of the primary; null without DR."
  value       = one([for d in module.dr : d.group_id])
}

output "address" {
  description = "Public address: addresses of the stack global."
  value       = module.edge.address
}

output "bucket_names" {
  description = "Names of the buckets by purpose: buckets of the stack global."
  value       = module.objects.bucket_names
}

output "dkim" {
  description = "Record for the zone that proves the signature of mails; null without mail."
  value       = one([for m in module.email : m.dkim])
}

# make oke-params writes the settings of the workloads from this.
output "oke" {
  description = "What the workloads in the cluster need to know."
  value = {
    region            = var.region
    role              = var.role
    compartment_id    = var.compartment_id
    host              = var.shop.host
    edge_subnet_id    = module.network.subnet_ids["edge"]
    edge_nsg_id       = module.network.nsg_ids["edge"]
    public_ip_id      = module.edge.public_ip_id
    certificate_id    = module.edge.certificate_id
    waf_policy_id     = module.waf.policy_id
    cidr              = module.network.cidr
    database          = { host = module.atp.host, port = module.atp.port, descriptor = try(module.atp.services["tp"], null) }
    redis_addr        = one([for c in module.cache : c.address])
    opensearch_url    = one([for s in module.search : s.url])
    queue             = one([for q in module.queue : q.queues["work"]])
    stream            = one([for s in module.streaming : s.streams["facts"]])
    objects_namespace = local.namespace
    buckets           = module.objects.bucket_names
    topic_id          = module.notifications.topic_ids["page"]
    apm_endpoint      = module.monitoring.apm_endpoint
    secrets           = local.standby ? var.peer.secrets : module.vault.secret_ids
    repository        = module.registry.repository_names["tradewind"]
  }
}
