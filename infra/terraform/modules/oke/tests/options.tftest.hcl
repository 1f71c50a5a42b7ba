mock_provider "oci" {}

run "options" {
  command = apply
  variables {
    availability_domains = ["Uocm:PHX-AD-1"]
    kubernetes_version   = "v1.32.1"
    nodes                = { shape = "VM.Standard.A1.Flex", ocpus = 4, memory_gb = 24, min = 0, max = 2, image_id = "ocid1.image.oc1.phx.own" }
    addons               = ["KubernetesMetricsServer"]
    signed_images        = ["ocid1.key.oc1.iad.signer"]
  }
  assert {
    condition     = oci_containerengine_node_pool.this["ad1"].node_shape == "VM.Standard.A1.Flex" && oci_containerengine_node_pool.this["ad1"].node_source_details[0].image_id == "ocid1.image.oc1.phx.own" && oci_containerengine_node_pool.this["ad1"].node_config_details[0].size == 1
    error_message = "The options are not used."
  }
  assert {
    condition     = length(oci_containerengine_addon.second) == 0 && oci_containerengine_cluster.this["cluster"].image_policy_config[0].is_policy_enabled
    error_message = "The options are not used."
  }
}
