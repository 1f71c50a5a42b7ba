mock_provider "oci" {
  mock_data "oci_containerengine_node_pool_option" {
    defaults = {
      sources = [{ image_id = "ocid1.image.oc1.iad.ol8", source_name = "Oracle-Linux-8.10-2026.01.31-0-OKE-1.33.1-1", source_type = "IMAGE" }]
    }
  }
}

run "defaults" {
  command = apply
  assert {
    condition     = oci_containerengine_cluster.this["cluster"].type == "ENHANCED_CLUSTER" && !oci_containerengine_cluster.this["cluster"].endpoint_config[0].is_public_ip_enabled && oci_containerengine_cluster.this["cluster"].kms_key_id == "ocid1.key.oc1.iad.cluster"
    error_message = "The Kubernetes API is private, and its secrets are encrypted with the shop's key."
  }
  assert {
    condition     = length(oci_containerengine_node_pool.this) == 3 && oci_containerengine_node_pool.this["ad2"].node_source_details[0].image_id == "ocid1.image.oc1.iad.ol8"
    error_message = "Each availability domain has a pool of the newest image."
  }
  assert {
    condition     = length(regexall("1:4:", one([for c in oci_containerengine_addon.second["ClusterAutoscaler"].configurations : c.value if c.key == "nodes"]))) == 3
    error_message = "The autoscaler does not know all pools."
  }
}

run "own_cluster" {
  command = apply
  variables { existing_cluster_id = "ocid1.cluster.oc1.iad.own" }
  assert {
    condition     = length(oci_containerengine_cluster.this) + length(oci_containerengine_node_pool.this) == 0 && output.cluster_id == "ocid1.cluster.oc1.iad.own" && !contains(keys(oci_containerengine_addon.second), "ClusterAutoscaler")
    error_message = "In a cluster that exists nothing but add-ons is made."
  }
}

run "bad_cluster" {
  command         = plan
  expect_failures = [var.existing_cluster_id]
  variables { existing_cluster_id = "mine" }
}

run "bad_vcn" {
  command         = plan
  expect_failures = [var.vcn_id]
  variables { vcn_id = "vcn" }
}

run "bad_subnets" {
  command         = plan
  expect_failures = [var.subnet_ids]
  variables { subnet_ids = { edge = "a", api = "b", nodes = "c" } }
}

run "bad_nsgs" {
  command         = plan
  expect_failures = [var.nsg_ids]
  variables { nsg_ids = { edge = "a", api = "b", nodes = "c" } }
}

run "bad_key" {
  command         = plan
  expect_failures = [var.kms_key_id]
  variables { kms_key_id = "key" }
}

run "bad_version" {
  command         = plan
  expect_failures = [var.kubernetes_version]
  variables { kubernetes_version = "1.33" }
}

run "bad_domains" {
  command         = plan
  expect_failures = [var.availability_domains]
  variables { availability_domains = ["AD-1", "AD-1"] }
}

run "bad_bounds" {
  command         = plan
  expect_failures = [var.nodes]
  variables { nodes = { min = 5, max = 4 } }
}

run "bad_size" {
  command         = plan
  expect_failures = [var.nodes]
  variables { nodes = { memory_gb = 1 } }
}

run "bad_addon" {
  command         = plan
  expect_failures = [var.addons]
  variables { addons = ["Istio"] }
}

run "bad_addon_alone" {
  command         = plan
  expect_failures = [var.addons]
  variables { addons = ["NativeIngressController"] }
}

run "bad_signer" {
  command         = plan
  expect_failures = [var.signed_images]
  variables { signed_images = ["key"] }
}

run "no_image_of_this_version" {
  command         = plan
  expect_failures = [oci_containerengine_node_pool.this]
  override_data {
    target = data.oci_containerengine_node_pool_option.this
    values = { sources = [] }
  }
}
