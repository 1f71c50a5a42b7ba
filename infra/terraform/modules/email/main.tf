resource "oci_email_email_domain" "this" {
  compartment_id = var.compartment_id
  name           = var.domain
  description    = "mails of ${local.prefix}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_email_dkim" "this" {
  email_domain_id = oci_email_email_domain.this.id
  name            = "${var.name}-${var.region_key}-${var.environment}"
  description     = "signs mails of ${local.prefix}"
  freeform_tags   = var.freeform_tags
  defined_tags    = var.defined_tags
}

resource "oci_email_sender" "this" {
  for_each = var.senders

  compartment_id = var.compartment_id
  email_address  = each.key
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  depends_on = [oci_email_email_domain.this]
}
