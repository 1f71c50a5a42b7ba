# The two regions reach each other's databases: a connect descriptor names both.
resource "oci_core_drg" "this" {
  for_each = local.peered ? { drg = var.peer } : {}

  compartment_id = var.compartment_id
  display_name   = "drg-${local.prefix}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_core_drg_attachment" "vcn" {
  for_each = oci_core_drg.this

  drg_id        = each.value.id
  display_name  = "drga-${local.prefix}-vcn"
  freeform_tags = var.freeform_tags
  defined_tags  = var.defined_tags

  network_details {
    type = "VCN"
    id   = local.vcn_id
  }
}

resource "oci_core_remote_peering_connection" "this" {
  for_each = oci_core_drg.this

  compartment_id   = var.compartment_id
  drg_id           = each.value.id
  display_name     = "rpc-${local.prefix}"
  peer_id          = var.peer.rpc_id
  peer_region_name = var.peer.region
  freeform_tags    = var.freeform_tags
  defined_tags     = var.defined_tags
}
