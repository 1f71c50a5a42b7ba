resource "oci_opensearch_opensearch_cluster" "this" {
  compartment_id                     = var.compartment_id
  display_name                       = "search-${local.prefix}"
  software_version                   = var.engine_version
  vcn_id                             = var.vcn_id
  vcn_compartment_id                 = var.compartment_id
  subnet_id                          = var.subnet_id
  subnet_compartment_id              = var.compartment_id
  nsg_id                             = var.nsg_id
  data_node_count                    = var.data.nodes
  data_node_host_type                = "FLEX"
  data_node_host_ocpu_count          = var.data.ocpus
  data_node_host_memory_gb           = var.data.memory_gb
  data_node_storage_gb               = var.data.storage_gb
  master_node_count                  = var.leaders.nodes
  master_node_host_type              = "FLEX"
  master_node_host_ocpu_count        = var.leaders.ocpus
  master_node_host_memory_gb         = var.leaders.memory_gb
  opendashboard_node_count           = var.dashboards
  opendashboard_node_host_ocpu_count = 1
  opendashboard_node_host_memory_gb  = 8
  security_mode                      = var.admin == null ? "DISABLED" : "ENFORCING"
  security_master_user_name          = try(var.admin.name, null)
  security_master_user_password_hash = try(var.admin.password_hash, null)
  freeform_tags                      = var.freeform_tags
  defined_tags                       = var.defined_tags

  lifecycle {
    ignore_changes = [system_tags]
  }
}
