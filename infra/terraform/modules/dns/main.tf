locals {
  zone_id = var.existing_zone_id != null ? var.existing_zone_id : oci_dns_zone.this["zone"].id
  fqdn    = "${var.host}.${var.domain}"
  open    = [for a in var.addresses : a if !a.disabled]
  several = length(var.addresses) > 1
}

resource "oci_dns_zone" "this" {
  for_each = var.existing_zone_id == null ? { zone = var.domain } : {}

  compartment_id = var.compartment_id
  name           = each.value
  zone_type      = "PRIMARY"
  dnssec_state   = "ENABLED"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  lifecycle {
    prevent_destroy = true
  }
}

# Answers while the steering policy is detached, as it is for a moment when its
# answers or rules change.
resource "oci_dns_rrset" "shop" {
  zone_name_or_id = local.zone_id
  domain          = local.fqdn
  rtype           = "A"

  items {
    domain = local.fqdn
    rtype  = "A"
    rdata  = local.open[0].address
    ttl    = var.ttl
  }
}

resource "oci_dns_rrset" "more" {
  for_each = var.records

  zone_name_or_id = local.zone_id
  domain          = split(" ", each.key)[0] == "@" ? var.domain : "${split(" ", each.key)[0]}.${var.domain}"
  rtype           = split(" ", each.key)[1]

  dynamic "items" {
    for_each = each.value
    content {
      domain = split(" ", each.key)[0] == "@" ? var.domain : "${split(" ", each.key)[0]}.${var.domain}"
      rtype  = split(" ", each.key)[1]
      rdata  = items.value
      ttl    = 300
    }
  }
}

resource "oci_health_checks_http_monitor" "this" {
  compartment_id      = var.compartment_id
  display_name        = "health-${local.prefix}"
  protocol            = "HTTPS"
  method              = "GET"
  port                = 443
  path                = var.health.path
  headers             = { Host = local.fqdn }
  interval_in_seconds = var.health.seconds
  timeout_in_seconds  = min(var.health.seconds, 10)
  targets             = var.addresses[*].address
  is_enabled          = true
  freeform_tags       = var.freeform_tags
  defined_tags        = var.defined_tags
}

# FILTER leaves out what is disabled, HEALTH what does not answer, PRIORITY
# orders the rest, LIMIT takes the first.
resource "oci_dns_steering_policy" "this" {
  for_each = local.several ? { shop = var.addresses } : {}

  compartment_id          = var.compartment_id
  display_name            = "steering-${local.prefix}"
  template                = "FAILOVER"
  ttl                     = var.ttl
  health_check_monitor_id = oci_health_checks_http_monitor.this.id
  freeform_tags           = var.freeform_tags
  defined_tags            = var.defined_tags

  dynamic "answers" {
    for_each = each.value
    content {
      name        = answers.value.region_key
      rtype       = "A"
      rdata       = answers.value.address
      pool        = answers.value.region_key
      is_disabled = answers.value.disabled
    }
  }

  rules {
    rule_type = "FILTER"
    default_answer_data {
      answer_condition = "answer.isDisabled != true"
      should_keep      = true
    }
  }

  rules {
    rule_type = "HEALTH"
  }

  rules {
    rule_type = "PRIORITY"
    dynamic "default_answer_data" {
      for_each = each.value
      content {
        answer_condition = "answer.pool == '${default_answer_data.value.region_key}'"
        value            = default_answer_data.key + 1
      }
    }
  }

  rules {
    rule_type     = "LIMIT"
    default_count = 1
  }
}

resource "oci_dns_steering_policy_attachment" "this" {
  for_each = oci_dns_steering_policy.this

  steering_policy_id = each.value.id
  zone_id            = local.zone_id
  domain_name        = local.fqdn
  display_name       = "steering-${local.prefix}"

  depends_on = [oci_dns_rrset.shop]
}
