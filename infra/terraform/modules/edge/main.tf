# The address outlives the load balancer, which the ingress controller makes.
resource "oci_core_public_ip" "this" {
  compartment_id = var.compartment_id
  display_name   = "ip-${local.prefix}-edge"
  lifetime       = "RESERVED"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [private_ip_id] # the load balancer's
  }
}

resource "oci_certificates_management_certificate" "this" {
  for_each = var.certificate.existing_id == null ? { shop = var.certificate } : {}

  compartment_id = var.compartment_id
  name           = "cert-${local.prefix}"
  description    = "TLS of ${each.value.hosts[0]}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  certificate_config {
    config_type                     = "ISSUED_BY_INTERNAL_CA"
    issuer_certificate_authority_id = each.value.authority_id
    certificate_profile_type        = "TLS_SERVER"
    key_algorithm                   = "ECDSA_P256"

    subject {
      common_name = each.value.hosts[0]
    }

    dynamic "subject_alternative_names" {
      for_each = each.value.hosts
      content {
        type  = "DNS"
        value = subject_alternative_names.value
      }
    }
  }

  certificate_rules {
    rule_type              = "CERTIFICATE_RENEWAL_RULE"
    renewal_interval       = "P60D"
    advance_renewal_period = "P20D"
  }
}
