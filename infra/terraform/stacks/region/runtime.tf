# What runs, and what stands before it.

module "oke" {
  source = "../../modules/oke"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  existing_cluster_id  = var.cluster.existing_id
  vcn_id               = module.network.vcn_id
  subnet_ids           = module.network.subnet_ids
  nsg_ids              = module.network.nsg_ids
  kms_key_id           = module.vault.key_ids["cluster"]
  kubernetes_version   = var.cluster.version
  availability_domains = local.domains
  nodes                = var.cluster.nodes
  addons               = var.cluster.addons
  signed_images        = var.cluster.signed_images
}

module "registry" {
  source = "../../modules/registry"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  repositories = ["tradewind"]
}

module "edge" {
  source = "../../modules/edge"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  certificate = { existing_id = var.shop.cert_id, authority_id = var.shop.authority, hosts = [var.shop.host] }
}

module "load_balancer" {
  source   = "../../modules/load-balancer"
  for_each = var.shop.lb_owner == "terraform" ? { lb = true } : {}

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  subnet_id      = module.network.subnet_ids["edge"]
  nsg_ids        = [module.network.nsg_ids["edge"]]
  public_ip_id   = module.edge.public_ip_id
  certificate_id = module.edge.certificate_id
}

module "waf" {
  source = "../../modules/waf"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  block            = { networks = var.waf.networks, countries = var.waf.countries }
  admin_from       = var.waf.admin_from
  observe          = var.waf.observe
  load_balancer_id = one([for lb in module.load_balancer : lb.id])
}
