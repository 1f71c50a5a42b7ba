resource "oci_analytics_analytics_instance" "this" {
  compartment_id = var.compartment_id
  name           = replace(title(replace("${local.prefix}-analytics", "-", " ")), " ", "")
  description    = "reports of ${local.prefix}"
  feature_set    = "ENTERPRISE_ANALYTICS"
  license_type   = var.license
  domain_id      = var.domain_id
  kms_key_id     = var.kms_key_id
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  capacity {
    capacity_type  = "OLPU_COUNT"
    capacity_value = var.capacity
  }

  network_endpoint_details {
    network_endpoint_type      = "PRIVATE"
    vcn_id                     = var.network.vcn_id
    subnet_id                  = var.network.subnet_id
    network_security_group_ids = var.network.nsg_ids
  }
}

resource "oci_analytics_analytics_instance_private_access_channel" "this" {
  analytics_instance_id      = oci_analytics_analytics_instance.this.id
  display_name               = "pac-${local.prefix}"
  vcn_id                     = var.network.vcn_id
  subnet_id                  = var.network.subnet_id
  network_security_group_ids = var.network.nsg_ids

  dynamic "private_source_dns_zones" {
    for_each = var.network.zones
    content {
      dns_zone    = private_source_dns_zones.value
      description = "the shop's database"
    }
  }
}
