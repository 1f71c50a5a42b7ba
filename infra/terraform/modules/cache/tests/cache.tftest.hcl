mock_provider "oci" {
  mock_resource "oci_redis_redis_cluster" {
    defaults = { primary_fqdn = "aaaa-p.redis.us-ashburn-1.oci.oraclecloud.com" }
  }
}

run "defaults" {
  command = apply
  assert {
    condition     = oci_redis_redis_cluster.this.node_count == 3 && oci_redis_redis_cluster.this.cluster_mode == "NONSHARDED" && output.address == "aaaa-p.redis.us-ashburn-1.oci.oraclecloud.com:6379"
    error_message = "A primary with two copies is made."
  }
  assert {
    condition     = oci_redis_oci_cache_config_set.this.configuration_details[0].items[0].config_value == "allkeys-lru" && length(oci_redis_redis_cluster_attach_oci_cache_user.this) == 0
    error_message = "A full cache must not refuse writes."
  }
}

run "options" {
  command = apply
  variables {
    nodes     = 1
    memory_gb = 2
    engine    = "REDIS_7_0"
    users     = { shop = { password_sha256 = "ecd71870d1963316a97e3ac3408c9835ad8cf0f3c1bc703527c30265534f75ae" } }
  }
  assert {
    condition     = oci_redis_redis_cluster.this.software_version == "REDIS_7_0" && oci_redis_oci_cache_user.this["shop"].name == "tradewind-shop" && length(oci_redis_redis_cluster_attach_oci_cache_user.this["all"].oci_cache_users) == 1
    error_message = "The options are not used."
  }
}

run "bad_subnet" {
  command         = plan
  expect_failures = [var.subnet_id]
  variables { subnet_id = "data" }
}

run "bad_nsg" {
  command         = plan
  expect_failures = [var.nsg_ids]
  variables { nsg_ids = [] }
}

run "bad_nodes" {
  command         = plan
  expect_failures = [var.nodes]
  variables { nodes = 9 }
}

run "bad_memory" {
  command         = plan
  expect_failures = [var.memory_gb]
  variables { memory_gb = 1 }
}

run "bad_engine" {
  command         = plan
  expect_failures = [var.engine]
  variables { engine = "REDIS_3" }
}

run "bad_password" {
  command         = plan
  expect_failures = [var.users]
  variables { users = { shop = { password_sha256 = "secret" } } }
}
