locals {
  made       = var.existing_cluster_id == null
  cluster_id = local.made ? oci_containerengine_cluster.this["cluster"].id : var.existing_cluster_id
  pools      = local.made ? { for i, ad in var.availability_domains : "ad${i + 1}" => ad } : {}
}

resource "oci_containerengine_cluster" "this" {
  for_each = local.made ? { cluster = var.kubernetes_version } : {}

  compartment_id     = var.compartment_id
  name               = "oke-${local.prefix}"
  type               = "ENHANCED_CLUSTER" # workload identity, add-ons
  kubernetes_version = each.value
  vcn_id             = var.vcn_id
  kms_key_id         = var.kms_key_id
  freeform_tags      = var.freeform_tags
  defined_tags       = var.defined_tags

  cluster_pod_network_options {
    cni_type = "OCI_VCN_IP_NATIVE"
  }

  endpoint_config {
    subnet_id            = var.subnet_ids.api
    nsg_ids              = [var.nsg_ids.api]
    is_public_ip_enabled = false
  }

  dynamic "image_policy_config" {
    for_each = length(var.signed_images) > 0 ? [var.signed_images] : []
    content {
      is_policy_enabled = true
      dynamic "key_details" {
        for_each = image_policy_config.value
        content {
          kms_key_id = key_details.value
        }
      }
    }
  }

  options {
    service_lb_subnet_ids = [var.subnet_ids.edge]

    kubernetes_network_config {
      services_cidr = "10.96.0.0/16"
    }
  }

  lifecycle {
    ignore_changes = [defined_tags]
  }
}

data "oci_containerengine_node_pool_option" "this" {
  for_each = local.made && var.nodes.image_id == null ? { option = "all" } : {}

  node_pool_option_id   = each.value
  compartment_id        = var.compartment_id
  node_pool_k8s_version = var.kubernetes_version
  node_pool_os_type     = "OL8"
  node_pool_os_arch     = length(regexall("\\.A[12]\\.", var.nodes.shape)) > 0 ? "ARM64" : "X86_64"
}

locals {
  # The newest image comes first.
  image_id = var.nodes.image_id != null ? var.nodes.image_id : try([for s in data.oci_containerengine_node_pool_option.this["option"].sources : s.image_id][0], null)
}

resource "oci_containerengine_node_pool" "this" {
  for_each = local.pools

  compartment_id     = var.compartment_id
  cluster_id         = local.cluster_id
  name               = "np-${local.prefix}-${each.key}"
  kubernetes_version = var.kubernetes_version
  node_shape         = var.nodes.shape
  freeform_tags      = var.freeform_tags
  defined_tags       = var.defined_tags

  node_shape_config {
    ocpus         = var.nodes.ocpus
    memory_in_gbs = var.nodes.memory_gb
  }

  node_source_details {
    source_type             = "IMAGE"
    image_id                = local.image_id
    boot_volume_size_in_gbs = tostring(var.nodes.disk_gb)
  }

  node_config_details {
    size                                = max(1, var.nodes.min)
    nsg_ids                             = [var.nsg_ids.nodes]
    kms_key_id                          = var.kms_key_id
    is_pv_encryption_in_transit_enabled = true
    freeform_tags                       = var.freeform_tags
    defined_tags                        = var.defined_tags

    placement_configs {
      availability_domain = each.value
      subnet_id           = var.subnet_ids.nodes
    }

    node_pool_pod_network_option_details {
      cni_type          = "OCI_VCN_IP_NATIVE"
      max_pods_per_node = var.nodes.max_pods
      pod_subnet_ids    = [var.subnet_ids.pods]
      pod_nsg_ids       = [var.nsg_ids.pods]
    }
  }

  node_eviction_node_pool_settings {
    eviction_grace_duration              = "PT30M"
    is_force_delete_after_grace_duration = true
  }

  node_pool_cycling_details {
    is_node_cycling_enabled = true
    maximum_surge           = "1"
    maximum_unavailable     = "0"
  }

  lifecycle {
    ignore_changes = [node_config_details[0].size, node_source_details[0].image_id, defined_tags] # the autoscaler's; a new image is a decision

    precondition {
      condition     = local.image_id != null
      error_message = "There is no node image of ${var.kubernetes_version} for ${var.nodes.shape} in this region: choose a kubernetes_version that `oci ce cluster-options get --cluster-option-id all` names, or give nodes.image_id."
    }
  }
}

locals {
  settings = {
    ClusterAutoscaler = {
      authType                 = "workload"
      nodes                    = join(", ", [for p in oci_containerengine_node_pool.this : "${var.nodes.min}:${var.nodes.max}:${p.id}"])
      balanceSimilarNodeGroups = "true"
      numOfReplicas            = "1"
    }
    NativeIngressController = {
      authType             = "workloadIdentity"
      compartmentId        = var.compartment_id
      loadBalancerSubnetId = var.subnet_ids.edge
      numOfReplicas        = "2"
    }
    CertManager             = { numOfReplicas = "1" }
    KubernetesMetricsServer = { numOfReplicas = "1" }
  }
}

resource "oci_containerengine_addon" "first" {
  for_each = setintersection(var.addons, ["CertManager", "KubernetesMetricsServer"])

  cluster_id                       = local.cluster_id
  addon_name                       = each.key
  remove_addon_resources_on_delete = true

  dynamic "configurations" {
    for_each = local.settings[each.key]
    content {
      key   = configurations.key
      value = configurations.value
    }
  }

  depends_on = [oci_containerengine_node_pool.this]
}

resource "oci_containerengine_addon" "second" {
  for_each = setsubtract(setintersection(var.addons, ["ClusterAutoscaler", "NativeIngressController"]), local.made ? [] : ["ClusterAutoscaler"])

  cluster_id                       = local.cluster_id
  addon_name                       = each.key
  remove_addon_resources_on_delete = true

  dynamic "configurations" {
    for_each = local.settings[each.key]
    content {
      key   = configurations.key
      value = configurations.value
    }
  }

  depends_on = [oci_containerengine_addon.first]
}
