locals {
  tags = merge({ shop = var.name, environment = var.environment, stack = "global" }, var.freeform_tags)
}

module "iam" {
  source = "../../modules/iam"

  compartment_id          = var.parent_compartment_id
  name                    = var.name
  environment             = var.environment
  region_key              = var.home_key
  freeform_tags           = local.tags
  tenancy_id              = var.tenancy_id
  existing_compartment_id = var.compartment_id
  clusters                = var.clusters
  buckets                 = var.buckets
  operators               = var.operators
}

module "identity_app" {
  source   = "../../modules/identity-app"
  for_each = var.identity == null ? {} : merge({ staff = true }, var.identity.customers ? { customers = true } : {})

  compartment_id = module.iam.shop_compartment_id
  name           = var.name
  environment    = var.environment
  region_key     = var.home_key
  freeform_tags  = local.tags
  domain_url     = var.identity.domain_url
  shop_url       = "https://${var.dns.host}.${var.dns.domain}"
  door           = each.key
  groups         = each.key == "staff" ? { owner = "may do everything", manager = "runs the shop", support = "helps customers", warehouse = "picks, packs and counts" } : {}
  active         = var.identity.active
}

module "dns" {
  source   = "../../modules/dns"
  for_each = var.dns == null ? {} : { dns = var.dns }

  compartment_id   = module.iam.shop_compartment_id
  name             = var.name
  environment      = var.environment
  region_key       = var.home_key
  freeform_tags    = local.tags
  domain           = each.value.domain
  host             = each.value.host
  existing_zone_id = each.value.zone_id
  ttl              = each.value.ttl
  addresses        = each.value.addresses
  records          = each.value.records
}

module "budget" {
  source   = "../../modules/budget"
  for_each = var.budget == null ? {} : { budget = var.budget }

  compartment_id   = module.iam.shop_compartment_id
  name             = var.name
  environment      = var.environment
  region_key       = var.home_key
  freeform_tags    = local.tags
  tenancy_id       = var.tenancy_id
  shop_compartment = { id = module.iam.shop_compartment_id, name = module.iam.shop_compartment_name }
  monthly          = each.value.monthly
  recipients       = each.value.recipients
  quotas           = each.value.quotas
}
