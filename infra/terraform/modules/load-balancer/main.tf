# For who has Terraform own the load balancer, in place of the native ingress
# controller. What stands behind it is put into its backend set by whoever runs it.
resource "oci_load_balancer_load_balancer" "this" {
  compartment_id               = var.compartment_id
  display_name                 = "lb-${local.prefix}"
  shape                        = "flexible"
  subnet_ids                   = [var.subnet_id]
  network_security_group_ids   = var.nsg_ids
  is_private                   = false
  is_delete_protection_enabled = var.environment == "prod"
  is_request_id_enabled        = true
  request_id_header            = "X-Request-ID"
  freeform_tags                = var.freeform_tags
  defined_tags                 = var.defined_tags

  shape_details {
    minimum_bandwidth_in_mbps = var.mbps.min
    maximum_bandwidth_in_mbps = var.mbps.max
  }

  reserved_ips {
    id = var.public_ip_id
  }
}

resource "oci_load_balancer_backend_set" "shop" {
  load_balancer_id = oci_load_balancer_load_balancer.this.id
  name             = "shop"
  policy           = "LEAST_CONNECTIONS"

  health_checker {
    protocol          = "HTTP"
    port              = 8081
    url_path          = "/readyz"
    return_code       = 200
    interval_ms       = 5000
    timeout_in_millis = 2000
    retries           = 2
  }
}

resource "oci_load_balancer_rule_set" "https" {
  load_balancer_id = oci_load_balancer_load_balancer.this.id
  name             = "https"

  items {
    action        = "REDIRECT"
    response_code = 301
    conditions {
      attribute_name  = "PATH"
      attribute_value = "/"
      operator        = "FORCE_LONGEST_PREFIX_MATCH"
    }
    redirect_uri {
      protocol = "HTTPS"
      port     = 443
      host     = "{host}"
      path     = "/{path}"
      query    = "?{query}"
    }
  }
}

resource "oci_load_balancer_listener" "http" {
  load_balancer_id         = oci_load_balancer_load_balancer.this.id
  name                     = "http"
  protocol                 = "HTTP"
  port                     = 80
  default_backend_set_name = oci_load_balancer_backend_set.shop.name
  rule_set_names           = [oci_load_balancer_rule_set.https.name]
}

resource "oci_load_balancer_listener" "https" {
  load_balancer_id         = oci_load_balancer_load_balancer.this.id
  name                     = "https"
  protocol                 = "HTTP2"
  port                     = 443
  default_backend_set_name = oci_load_balancer_backend_set.shop.name

  ssl_configuration {
    certificate_ids         = [var.certificate_id]
    protocols               = ["TLSv1.2", "TLSv1.3"]
    cipher_suite_name       = "oci-default-http2-tls-12-13-ssl-cipher-suite-v1"
    server_order_preference = "ENABLED"
    verify_peer_certificate = false
  }

  connection_configuration {
    idle_timeout_in_seconds = "60"
  }
}
