locals {
  made   = var.existing == null
  peered = local.made && var.peer != null

  # Of a /16: 1022 addresses for the edge and the data, 254 for the endpoint of
  # the cluster and the bastion, 4094 nodes, 16382 pods. Of a /20: a sixteenth.
  subnets = {
    edge    = { cidr = cidrsubnet(var.cidr, 6, 0), public = true, routes = "internet" }
    data    = { cidr = cidrsubnet(var.cidr, 6, 1), public = false, routes = "data" }
    api     = { cidr = cidrsubnet(var.cidr, 8, 8), public = false, routes = "private" }
    bastion = { cidr = cidrsubnet(var.cidr, 8, 9), public = false, routes = "services" }
    nodes   = { cidr = cidrsubnet(var.cidr, 4, 1), public = false, routes = "private" }
    pods    = { cidr = cidrsubnet(var.cidr, 2, 1), public = false, routes = "private" }
  }

  vcn_id     = local.made ? oci_core_vcn.this["vcn"].id : var.existing.vcn_id
  subnet_ids = local.made ? { for k, s in oci_core_subnet.this : k => s.id } : var.existing.subnet_ids
}

data "oci_core_services" "all" {
  filter {
    name   = "name"
    values = ["All .* Services In Oracle Services Network"]
    regex  = true
  }
}

locals {
  oracle = one(data.oci_core_services.all.services)
}

resource "oci_core_vcn" "this" {
  for_each = local.made ? { vcn = var.cidr } : {}

  compartment_id = var.compartment_id
  cidr_blocks    = [each.value]
  display_name   = "vcn-${local.prefix}"
  dns_label      = substr(replace("${var.name}${var.region_key}", "-", ""), 0, 15)
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_core_internet_gateway" "this" {
  for_each = oci_core_vcn.this

  compartment_id = var.compartment_id
  vcn_id         = each.value.id
  display_name   = "igw-${local.prefix}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_core_nat_gateway" "this" {
  for_each = oci_core_vcn.this

  compartment_id = var.compartment_id
  vcn_id         = each.value.id
  display_name   = "nat-${local.prefix}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_core_service_gateway" "this" {
  for_each = oci_core_vcn.this

  compartment_id = var.compartment_id
  vcn_id         = each.value.id
  display_name   = "sgw-${local.prefix}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  services {
    service_id = local.oracle.id
  }
}

locals {
  routes = local.made ? {
    internet = [{ to = "0.0.0.0/0", type = "CIDR_BLOCK", by = oci_core_internet_gateway.this["vcn"].id, why = "answers to shoppers" }]
    services = [{ to = local.oracle.cidr_block, type = "SERVICE_CIDR_BLOCK", by = oci_core_service_gateway.this["vcn"].id, why = "Oracle's services, not by the internet" }]
    private = concat([
      { to = local.oracle.cidr_block, type = "SERVICE_CIDR_BLOCK", by = oci_core_service_gateway.this["vcn"].id, why = "Oracle's services, not by the internet" },
      { to = "0.0.0.0/0", type = "CIDR_BLOCK", by = oci_core_nat_gateway.this["vcn"].id, why = "providers of payment, shipping and mail" },
    ], local.to_peer)
    data = concat([
      { to = local.oracle.cidr_block, type = "SERVICE_CIDR_BLOCK", by = oci_core_service_gateway.this["vcn"].id, why = "Oracle's services, not by the internet" },
    ], local.to_peer)
  } : {}
  to_peer = local.peered ? [{ to = var.peer.cidr, type = "CIDR_BLOCK", by = oci_core_drg.this["drg"].id, why = "the other region's databases" }] : []
}

resource "oci_core_route_table" "this" {
  for_each = local.routes

  compartment_id = var.compartment_id
  vcn_id         = local.vcn_id
  display_name   = "rt-${local.prefix}-${each.key}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  dynamic "route_rules" {
    for_each = each.value
    content {
      destination       = route_rules.value.to
      destination_type  = route_rules.value.type
      network_entity_id = route_rules.value.by
      description       = route_rules.value.why
    }
  }
}

# What may pass is said by the security groups alone: this list, in place of the
# VCN's own, which lets SSH in, has no rules.
resource "oci_core_security_list" "none" {
  for_each = oci_core_vcn.this

  compartment_id = var.compartment_id
  vcn_id         = each.value.id
  display_name   = "sl-${local.prefix}-none"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_core_subnet" "this" {
  for_each = local.made ? local.subnets : {}

  compartment_id             = var.compartment_id
  vcn_id                     = local.vcn_id
  cidr_block                 = each.value.cidr
  display_name               = "snet-${local.prefix}-${each.key}"
  dns_label                  = each.key
  prohibit_internet_ingress  = !each.value.public
  prohibit_public_ip_on_vnic = !each.value.public
  route_table_id             = oci_core_route_table.this[each.value.routes].id
  security_list_ids          = [oci_core_security_list.none["vcn"].id]
  freeform_tags              = var.freeform_tags
  defined_tags               = var.defined_tags
}
