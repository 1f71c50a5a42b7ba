# Who sees what happens, and what happens when the region is lost.

module "notifications" {
  source = "../../modules/notifications"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  topics = var.notify
}

module "logging" {
  source = "../../modules/logging"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  retention_days = var.logs_days
  subnet_ids     = { for k in ["edge", "data", "bastion"] : k => module.network.subnet_ids[k] }
  buckets        = { for k in ["media", "backups", "exports"] : k => module.objects.bucket_names[k] }
}

module "monitoring" {
  source = "../../modules/monitoring"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  topic_ids = module.notifications.topic_ids
  alarms    = local.alarms
  apm       = var.apm
}

module "email" {
  source   = "../../modules/email"
  for_each = var.mail == null ? {} : { mail = var.mail }

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  domain  = each.value.domain
  senders = each.value.senders
}

module "analytics" {
  source   = "../../modules/analytics"
  for_each = var.analytics == null ? {} : { analytics = var.analytics }

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  domain_id  = each.value.domain_id
  capacity   = each.value.capacity
  license    = each.value.license
  kms_key_id = module.vault.key_ids["database"]
  network = {
    vcn_id    = module.network.vcn_id
    subnet_id = module.network.subnet_ids["data"]
    nsg_ids   = [module.network.nsg_ids["atp"]]
    zones     = ["adb.${var.region}.oraclecloud.com"]
  }
}

module "dr" {
  source   = "../../modules/dr"
  for_each = var.dr.enabled ? { dr = true } : {}

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  role         = upper(var.role)
  log          = { namespace = local.namespace, bucket = module.objects.bucket_names["logs"] }
  peer         = local.standby || try(var.peer.dr_group_id, null) == null ? null : { group_id = var.peer.dr_group_id, region = var.peer.region }
  database_id  = module.atp.id
  disassociate = var.dr.disassociate
  cluster = try(var.peer.cluster_id, null) == null ? null : {
    id      = module.oke.cluster_id
    peer_id = var.peer.cluster_id
    bucket  = module.objects.bucket_names["logs"]
    pools   = { for k, id in module.oke.node_pool_ids : id => { min = var.cluster.nodes.min, max = var.cluster.nodes.max } }
  }
}
