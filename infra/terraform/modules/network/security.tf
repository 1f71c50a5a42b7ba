locals {
  groups = toset(["edge", "api", "nodes", "pods", "atp", "cache", "search", "streaming", "bastion"])
  tcp    = "6"
  icmp   = "1"

  # One line a rule: from whom to whom, on which port, and why. A rule between two
  # groups is made on both sides; `to` or `from` with a slash is a network.
  flows = merge({
    edge-https         = { from = "0.0.0.0/0", to = "edge", port = [443, 443], why = "shoppers" }
    edge-http          = { from = "0.0.0.0/0", to = "edge", port = [80, 80], why = "shoppers, who are sent on to HTTPS" }
    edge-pods          = { from = "edge", to = "pods", port = [8080, 8080], why = "the load balancer to the services" }
    edge-pods-health   = { from = "edge", to = "pods", port = [8081, 8081], why = "health checks of the load balancer" }
    nodes-api          = { from = "nodes", to = "api", port = [6443, 6443], why = "kubelets to the Kubernetes API" }
    nodes-api-control  = { from = "nodes", to = "api", port = [12250, 12250], why = "nodes to the control plane" }
    pods-api           = { from = "pods", to = "api", port = [6443, 6443], why = "controllers to the Kubernetes API" }
    pods-api-control   = { from = "pods", to = "api", port = [12250, 12250], why = "workload identity" }
    api-nodes          = { from = "api", to = "nodes", port = [10250, 10250], why = "the control plane to kubelets" }
    api-pods           = { from = "api", to = "pods", port = null, why = "the control plane to webhooks and metrics" }
    nodes-nodes        = { from = "nodes", to = "nodes", port = null, why = "between nodes" }
    nodes-pods         = { from = "nodes", to = "pods", port = null, why = "probes of kubelets" }
    pods-pods          = { from = "pods", to = "pods", port = null, why = "between pods; NetworkPolicies say which" }
    bastion-api        = { from = "bastion", to = "api", port = [6443, 6443], why = "kubectl by the bastion" }
    bastion-atp        = { from = "bastion", to = "atp", port = [1521, 1522], why = "SQL by the bastion" }
    pods-atp           = { from = "pods", to = "atp", port = [1521, 1522], why = "services to the database, TLS" }
    pods-cache         = { from = "pods", to = "cache", port = [6379, 6379], why = "services to the cache, TLS" }
    pods-search        = { from = "pods", to = "search", port = [9200, 9200], why = "services to OpenSearch, TLS" }
    pods-streaming     = { from = "pods", to = "streaming", port = [443, 443], why = "services to the stream of facts" }
    pods-streaming-kfk = { from = "pods", to = "streaming", port = [9092, 9092], why = "readers by the Kafka protocol" }
    nodes-oracle       = { from = "nodes", to = "oracle", port = [443, 443], why = "images and Oracle's services" }
    pods-oracle        = { from = "pods", to = "oracle", port = [443, 443], why = "Object Storage, Queue, Vault, Monitoring" }
    api-oracle         = { from = "api", to = "oracle", port = [443, 443], why = "the control plane to Oracle's services" }
    atp-oracle         = { from = "atp", to = "oracle", port = [443, 443], why = "the database to Object Storage" }
    },
    { for i, c in var.egress : "pods-internet-${i}" => { from = "pods", to = c, port = [443, 443], why = "providers of payment, shipping and mail" } },
    var.peer == null ? {} : {
      peer-atp = { from = var.peer.cidr, to = "atp", port = [1521, 1522], why = "the other region's services, after a change of roles" }
      pods-far = { from = "pods", to = var.peer.cidr, port = [1521, 1522], why = "the other region's database, after a change of roles" }
    },
  )

  rules = merge(
    { for k, f in local.flows : "${k}-out" => merge(f, { group = f.from, way = "EGRESS", other = f.to }) if contains(local.groups, f.from) },
    { for k, f in local.flows : "${k}-in" => merge(f, { group = f.to, way = "INGRESS", other = f.from }) if contains(local.groups, f.to) },
  )

  kinds = { for k, r in local.rules : k => contains(local.groups, r.other) ? "NETWORK_SECURITY_GROUP" : r.other == "oracle" ? "SERVICE_CIDR_BLOCK" : "CIDR_BLOCK" }
  ends = { for k, r in local.rules : k => local.kinds[k] == "NETWORK_SECURITY_GROUP" ? oci_core_network_security_group.this[r.other].id :
  local.kinds[k] == "SERVICE_CIDR_BLOCK" ? local.oracle.cidr_block : r.other }
}

resource "oci_core_network_security_group" "this" {
  for_each = local.groups

  compartment_id = var.compartment_id
  vcn_id         = local.vcn_id
  display_name   = "nsg-${local.prefix}-${each.key}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_core_network_security_group_security_rule" "this" {
  for_each = local.rules

  network_security_group_id = oci_core_network_security_group.this[each.value.group].id
  direction                 = each.value.way
  protocol                  = each.value.port == null ? "all" : local.tcp
  description               = each.value.why
  source                    = each.value.way == "INGRESS" ? local.ends[each.key] : null
  source_type               = each.value.way == "INGRESS" ? local.kinds[each.key] : null
  destination               = each.value.way == "EGRESS" ? local.ends[each.key] : null
  destination_type          = each.value.way == "EGRESS" ? local.kinds[each.key] : null
  stateless                 = false

  dynamic "tcp_options" {
    for_each = each.value.port == null ? [] : [each.value.port]
    content {
      destination_port_range {
        min = tcp_options.value[0]
        max = tcp_options.value[1]
      }
    }
  }
}

# Path MTU discovery: without it large answers hang.
resource "oci_core_network_security_group_security_rule" "mtu" {
  for_each = toset(["edge", "api", "nodes", "pods"])

  network_security_group_id = oci_core_network_security_group.this[each.key].id
  direction                 = "INGRESS"
  protocol                  = local.icmp
  description               = "path MTU discovery"
  source                    = each.key == "edge" ? "0.0.0.0/0" : var.cidr
  source_type               = "CIDR_BLOCK"
  stateless                 = false

  icmp_options {
    type = 3
    code = 4
  }
}
