# What is below everything: addresses, keys, buckets.

module "network" {
  source = "../../modules/network"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  cidr     = var.network.cidr
  existing = var.network.existing
  egress   = var.network.egress
  peer     = var.peer == null ? null : { cidr = var.peer.cidr, rpc_id = local.standby ? var.peer.rpc_id : null, region = local.standby && var.peer.rpc_id != null ? var.peer.region : null }
}

module "bastion" {
  source   = "../../modules/bastion"
  for_each = length(var.bastion_from) > 0 ? { bastion = true } : {}

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  subnet_id  = module.network.subnet_ids["bastion"]
  allow_from = var.bastion_from
}

module "vault" {
  source = "../../modules/vault"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  existing_vault = var.vault.existing
  private        = var.vault.private
  hsm            = var.vault.hsm
  standby        = local.standby
  replicas       = local.standby || try(var.peer.vault_id, null) == null ? {} : { other = { region = var.peer.region, vault_id = var.peer.vault_id, key_id = var.peer.secrets_key_id } }
}

module "objects" {
  source = "../../modules/object-storage"

  compartment_id = local.common.compartment_id
  name           = local.common.name
  environment    = local.common.environment
  region_key     = local.common.region_key
  freeform_tags  = local.common.freeform_tags
  defined_tags   = local.common.defined_tags

  namespace  = local.namespace
  kms_key_id = module.vault.key_ids["objects"]
  standby    = local.standby
  replica    = local.standby || !try(var.peer.buckets, false) ? null : { region = var.peer.region, region_key = var.region_keys[var.peer.region] }
}
