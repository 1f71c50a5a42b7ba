# What is in the cache can be had again: when memory ends, what was used least
# goes; nothing refuses a write.
resource "oci_redis_oci_cache_config_set" "this" {
  compartment_id   = var.compartment_id
  display_name     = "cacheconf-${local.prefix}"
  software_version = var.engine
  freeform_tags    = var.freeform_tags
  defined_tags     = var.defined_tags

  configuration_details {
    items {
      config_key   = "maxmemory-policy"
      config_value = "allkeys-lru"
    }
  }
}

resource "oci_redis_redis_cluster" "this" {
  compartment_id          = var.compartment_id
  display_name            = "cache-${local.prefix}"
  cluster_mode            = "NONSHARDED"
  node_count              = var.nodes
  node_memory_in_gbs      = var.memory_gb
  software_version        = var.engine
  subnet_id               = var.subnet_id
  nsg_ids                 = var.nsg_ids
  oci_cache_config_set_id = oci_redis_oci_cache_config_set.this.id
  freeform_tags           = var.freeform_tags
  defined_tags            = var.defined_tags
}

resource "oci_redis_oci_cache_user" "this" {
  for_each = var.users

  compartment_id = var.compartment_id
  name           = "${var.name}-${each.key}"
  description    = "${each.key} of ${local.prefix}"
  acl_string     = each.value.acl
  status         = "ON"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  authentication_mode {
    authentication_type = "PASSWORD"
    hashed_passwords    = [each.value.password_sha256]
  }
}

resource "oci_redis_redis_cluster_attach_oci_cache_user" "this" {
  for_each = length(var.users) > 0 ? { all = true } : {}

  redis_cluster_id = oci_redis_redis_cluster.this.id
  oci_cache_users  = [for u in oci_redis_oci_cache_user.this : u.id]
}
