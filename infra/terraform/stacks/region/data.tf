# Where the shop keeps what it knows.

module "atp" {
  source = "../../modules/atp"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  role            = var.role
  source_id       = local.standby ? var.peer.database_id : null
  admin_secret_id = local.standby ? null : module.vault.secret_ids["database-admin"]
  existing_id     = var.database.existing_id
  free            = var.database.free
  free_from       = var.database.free_from
  ecpus           = var.database.ecpus
  storage_gb      = var.database.storage_gb
  db_version      = var.database.version
  license         = var.database.license
  backup_days     = var.database.backup_days
  long_term       = var.database.long_term
  subnet_id       = module.network.subnet_ids["data"]
  nsg_ids         = [module.network.nsg_ids["atp"]]
  kms             = var.database.free ? null : { vault_id = module.vault.vault_id, key_id = module.vault.key_ids["database"] }
  contacts        = var.notify["ticket"].emails
}

module "cache" {
  source   = "../../modules/cache"
  for_each = var.cache == null ? {} : { cache = var.cache }

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  subnet_id = module.network.subnet_ids["data"]
  nsg_ids   = [module.network.nsg_ids["cache"]]
  nodes     = each.value.nodes
  memory_gb = each.value.memory_gb
  engine    = each.value.engine
  users     = each.value.users
}

module "search" {
  source   = "../../modules/search"
  for_each = var.search == null ? {} : { search = var.search }

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  vcn_id         = module.network.vcn_id
  subnet_id      = module.network.subnet_ids["data"]
  nsg_id         = module.network.nsg_ids["search"]
  engine_version = each.value.version
  data           = each.value.data
  leaders        = each.value.leaders
  dashboards     = each.value.dashboards
}

module "queue" {
  source   = "../../modules/queue"
  for_each = var.events == null ? {} : { events = var.events }

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  kms_key_id = module.vault.key_ids["messages"]
}

module "streaming" {
  source   = "../../modules/streaming"
  for_each = var.events == null ? {} : { events = var.events }

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  kms_key_id = module.vault.key_ids["messages"]
  subnet_id  = module.network.subnet_ids["data"]
  nsg_ids    = [module.network.nsg_ids["streaming"]]
  streams    = { facts = { partitions = each.value.partitions } }
  archive    = { namespace = local.namespace, bucket = module.objects.bucket_names["facts"] }
}
