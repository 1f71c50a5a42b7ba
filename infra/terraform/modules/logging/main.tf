locals {
  services = merge(
    { for k, id in var.subnet_ids : "flow-${k}" => { service = "flowlogs", resource = id, category = "all" } },
    { for k, name in var.buckets : "writes-${k}" => { service = "objectstorage", resource = name, category = "write" } },
    var.waf_id == null ? {} : { waf = { service = "waf", resource = var.waf_id, category = "all" } },
  )
}

resource "oci_logging_log_group" "this" {
  compartment_id = var.compartment_id
  display_name   = "loggroup-${local.prefix}"
  description    = "logs of ${local.prefix}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_logging_log" "service" {
  for_each = local.services

  display_name       = "log-${local.prefix}-${each.key}"
  log_group_id       = oci_logging_log_group.this.id
  log_type           = "SERVICE"
  is_enabled         = true
  retention_duration = var.retention_days
  freeform_tags      = var.freeform_tags
  defined_tags       = var.defined_tags

  configuration {
    compartment_id = var.compartment_id
    source {
      source_type = "OCISERVICE"
      service     = each.value.service
      resource    = each.value.resource
      category    = each.value.category
    }
  }
}

# What the program writes: JSON with level, service, request and trace.
resource "oci_logging_log" "shop" {
  display_name       = "log-${local.prefix}-shop"
  log_group_id       = oci_logging_log_group.this.id
  log_type           = "CUSTOM"
  is_enabled         = true
  retention_duration = var.retention_days
  freeform_tags      = var.freeform_tags
  defined_tags       = var.defined_tags
}

resource "oci_logging_unified_agent_configuration" "this" {
  for_each = length(var.nodes) > 0 ? { containers = var.nodes } : {}

  compartment_id = var.compartment_id
  display_name   = "agent-${local.prefix}"
  description    = "logs of the shop's containers"
  is_enabled     = true
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  group_association {
    group_list = each.value
  }

  service_configuration {
    configuration_type = "LOGGING"

    destination {
      log_object_id = oci_logging_log.shop.id
    }

    sources {
      name        = "containers"
      source_type = "LOG_TAIL"
      paths       = ["/var/log/containers/*_tradewind_*.log"]
      parser {
        parser_type = "CRI"
      }
    }
  }
}
