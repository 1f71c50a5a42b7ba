# A shop in one region, as OCI Resource Manager deploys it from the console: both
# stacks in one apply. ../README.md says how two regions are made.

data "oci_identity_region_subscriptions" "all" {
  tenancy_id = var.tenancy_ocid
}

locals {
  home = one([for r in data.oci_identity_region_subscriptions.all.region_subscriptions : r.region_name if r.is_home_region])
  keys = { for r in data.oci_identity_region_subscriptions.all.region_subscriptions : r.region_name => lower(r.region_key) }
  free = var.size == "free"
}

module "global" {
  source    = "./global"
  providers = { oci = oci.home }

  tenancy_id            = var.tenancy_ocid
  home_region           = local.home
  home_key              = local.keys[local.home]
  parent_compartment_id = var.tenancy_ocid
  compartment_id        = var.compartment_ocid
  environment           = var.environment
  clusters              = { (local.keys[var.region]) = module.region.cluster_id }
  buckets               = { for purpose, name in module.region.bucket_names : purpose => { (local.keys[var.region]) = name } }
  budget                = var.monthly_budget == 0 ? null : { monthly = var.monthly_budget, recipients = [var.email] }
}

module "region" {
  source    = "./region"
  providers = { oci = oci }

  tenancy_id     = var.tenancy_ocid
  compartment_id = var.compartment_ocid
  environment    = var.environment
  region         = var.region
  region_keys    = local.keys
  network        = { cidr = var.vcn_cidr }
  shop           = { host = var.host, cert_id = var.certificate_id == "" ? null : var.certificate_id, authority = var.certificate_id == "" ? var.authority_id : null }
  database = {
    existing_id = var.database_id == "" ? null : var.database_id
    free        = local.free && var.database_id == ""
    free_from   = local.free ? [for a in split(",", var.database_from) : trimspace(a) if trimspace(a) != ""] : []
    ecpus       = var.database_ecpus
    storage_gb  = var.database_storage_gb
  }
  cluster = {
    version      = var.kubernetes_version
    domain_count = local.free ? 1 : null
    nodes        = local.free ? { shape = "VM.Standard.A1.Flex", ocpus = 2, memory_gb = 12, min = 1, max = 1 } : { shape = var.node_shape, ocpus = var.node_ocpus, memory_gb = var.node_memory_gb, min = 1, max = var.nodes_max }
    addons       = local.free ? ["CertManager", "NativeIngressController", "KubernetesMetricsServer"] : ["ClusterAutoscaler", "CertManager", "NativeIngressController", "KubernetesMetricsServer"]
  }
  vault        = { hsm = !local.free }
  cache        = local.free || !var.cache ? null : {}
  search       = local.free || !var.search ? null : {}
  events       = local.free || !var.events ? null : {}
  apm          = { free = local.free }
  bastion_from = [for c in split(",", var.bastion_from) : trimspace(c) if trimspace(c) != ""]
  notify       = { page = { emails = [var.email] }, ticket = { emails = [var.email] }, info = {} }
  logs_days    = tonumber(var.logs_days)
}
