resource "oci_bastion_bastion" "this" {
  compartment_id               = var.compartment_id
  bastion_type                 = "STANDARD"
  name                         = "bastion-${local.prefix}"
  target_subnet_id             = var.subnet_id
  client_cidr_block_allow_list = var.allow_from
  max_session_ttl_in_seconds   = var.max_session_hours * 3600
  dns_proxy_status             = "ENABLED"
  freeform_tags                = var.freeform_tags
  defined_tags                 = var.defined_tags
}
