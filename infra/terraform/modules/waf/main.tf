locals {
  countries = join(", ", [for c in var.block.countries : "'${c}'"])
  refusals = concat(
    length(var.block.networks) > 0 ? [{ name = "networks", if = "address_in_network_address_list(connection.source.address, ['${oci_waf_network_address_list.this["blocked"].id}'])" }] : [],
    length(var.block.countries) > 0 ? [{ name = "countries", if = "i_contains([${local.countries}], connection.source.geo.countryCode)" }] : [],
    length(var.admin_from) > 0 ? [{ name = "staff", if = "i_starts_with(http.request.url.path, '/v1/admin') && !address_in_network_address_list(connection.source.address, ['${oci_waf_network_address_list.this["staff"].id}'])" }] : [],
  )
  lists = merge(length(var.block.networks) > 0 ? { blocked = var.block.networks } : {}, length(var.admin_from) > 0 ? { staff = var.admin_from } : {})
}

resource "oci_waf_network_address_list" "this" {
  for_each = local.lists

  compartment_id = var.compartment_id
  display_name   = "addresses-${local.prefix}-${each.key}"
  type           = "ADDRESSES"
  addresses      = each.value
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_waf_web_app_firewall_policy" "this" {
  compartment_id = var.compartment_id
  display_name   = "waf-${local.prefix}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  actions {
    name = "allow"
    type = "ALLOW"
  }

  actions {
    name = "note"
    type = "CHECK"
  }

  actions {
    name = "refuse"
    type = "RETURN_HTTP_RESPONSE"
    code = 403
    headers {
      name  = "Content-Type"
      value = "application/problem+json"
    }
    body {
      type = "STATIC_TEXT"
      text = jsonencode({ type = "about:blank", title = "Forbidden", status = 403, code = "refused-by-firewall", detail = "This request was refused. If that is wrong, please tell the shop." })
    }
  }

  actions {
    name = "slow-down"
    type = "RETURN_HTTP_RESPONSE"
    code = 429
    headers {
      name  = "Content-Type"
      value = "application/problem+json"
    }
    headers {
      name  = "Retry-After"
      value = "60"
    }
    body {
      type = "STATIC_TEXT"
      text = jsonencode({ type = "about:blank", title = "Too Many Requests", status = 429, code = "too-many-requests", detail = "Too many requests. Please try again in a minute." })
    }
  }

  request_access_control {
    default_action_name = "allow"

    dynamic "rules" {
      for_each = local.refusals
      content {
        name               = rules.value.name
        type               = "ACCESS_CONTROL"
        action_name        = "refuse"
        condition_language = "JMESPATH"
        condition          = rules.value.if
      }
    }
  }

  request_rate_limiting {
    dynamic "rules" {
      for_each = var.rates
      content {
        name               = rules.key
        type               = "REQUEST_RATE_LIMITING"
        action_name        = "slow-down"
        condition_language = "JMESPATH"
        condition          = "i_starts_with(http.request.url.path, '${rules.value.path}')"
        configurations {
          requests_limit             = rules.value.limit
          period_in_seconds          = rules.value.seconds
          action_duration_in_seconds = rules.value.refuse
        }
      }
    }
  }

  request_protection {
    body_inspection_size_limit_in_bytes             = 8192
    body_inspection_size_limit_exceeded_action_name = "note"

    rules {
      name                       = "protection"
      type                       = "PROTECTION"
      action_name                = var.observe ? "note" : "refuse"
      is_body_inspection_enabled = true

      # Pictures and files of staff are bytes, not text: only their addresses are looked at.
      condition_language = "JMESPATH"
      condition          = "!i_starts_with(http.request.url.path, '/v1/admin/media') && !i_starts_with(http.request.url.path, '/v1/admin/imports')"

      dynamic "protection_capabilities" {
        for_each = var.capabilities
        content {
          key     = protection_capabilities.key
          version = protection_capabilities.value
        }
      }

      protection_capability_settings {
        allowed_http_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
      }
    }
  }
}

resource "oci_waf_web_app_firewall" "this" {
  for_each = var.load_balancer_id == null ? {} : { shop = var.load_balancer_id }

  compartment_id             = var.compartment_id
  display_name               = "firewall-${local.prefix}"
  backend_type               = "LOAD_BALANCER"
  load_balancer_id           = each.value
  web_app_firewall_policy_id = oci_waf_web_app_firewall_policy.this.id
  freeform_tags              = var.freeform_tags
  defined_tags               = var.defined_tags
}
