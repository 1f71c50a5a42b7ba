locals {
  path = var.door == "staff" ? "/v1/admin/sign-in/oidc" : "/v1/account/sign-in/oidc"
}

resource "oci_identity_domains_app" "this" {
  idcs_endpoint = var.domain_url
  schemas       = ["urn:ietf:params:scim:schemas:oracle:idcs:App"]
  display_name  = "${local.prefix}-${var.door}"
  description   = "sign-in of ${var.door}"
  active        = var.active

  based_on_template {
    value         = "CustomWebAppTemplateId"
    well_known_id = "CustomWebAppTemplateId"
  }

  is_oauth_client           = true
  is_login_target           = true
  client_type               = "confidential"
  allowed_grants            = ["authorization_code"]
  redirect_uris             = ["${var.shop_url}${local.path}/callback"]
  post_logout_redirect_uris = ["${var.shop_url}/"]
  logout_uri                = "${var.shop_url}${local.path}/logout"
  all_url_schemes_allowed   = false
  allow_access_control      = length(var.groups) > 0
  bypass_consent            = true

  lifecycle {
    ignore_changes = [schemas]
  }
}

resource "oci_identity_domains_group" "this" {
  for_each = var.groups

  idcs_endpoint = var.domain_url
  schemas       = ["urn:ietf:params:scim:schemas:core:2.0:Group"]
  display_name  = "${var.name}-${var.environment}-${each.key}"

  urnietfparamsscimschemasoracleidcsextensiongroup_group {
    description = each.value
  }

  lifecycle {
    ignore_changes = [schemas, members]
  }
}

resource "oci_identity_domains_grant" "this" {
  for_each = oci_identity_domains_group.this

  idcs_endpoint   = var.domain_url
  schemas         = ["urn:ietf:params:scim:schemas:oracle:idcs:Grant"]
  grant_mechanism = "ADMINISTRATOR_TO_GROUP"

  app {
    value = oci_identity_domains_app.this.id
  }

  grantee {
    type  = "Group"
    value = each.value.id
  }
}
