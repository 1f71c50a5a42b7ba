locals {
  # What each workload needs, one line a verb and resource. A condition is added
  # to those that say whose request it is.
  common = {
    metrics       = "use metrics ${local.in_shop}"
    apm           = "use apm-domains ${local.in_shop}"
    notifications = "use ons-topics ${local.in_shop}"
  }
  facts   = { facts = "use stream-push ${local.in_shop}" }
  pull    = { pull = "use stream-pull ${local.in_shop}", streams = "read streams ${local.in_shop}" }
  work    = { work = "use queues ${local.in_shop}" }
  secrets = { for s in ["product", "user", "cart", "order", "payment", "worker"] : s => concat(["database-shop", "token-secret", "cache", "search"], local.own[s]) }
  own = {
    product = []
    user    = ["oidc"]
    cart    = []
    order   = []
    payment = ["provider-key", "provider-webhook"]
    worker  = ["mail"]
  }
  objects = {
    product = { media = "manage" }
    order   = { exports = "manage" }
    worker  = { media = "manage", exports = "manage", backups = "manage", analytics = "manage" }
  }
  needs = {
    product = merge(local.common, local.facts)
    user    = merge(local.common, local.facts)
    cart    = merge(local.common, local.facts)
    order   = merge(local.common, local.facts)
    payment = local.common
    worker  = merge(local.common, local.facts, local.pull, local.work)
  }
  controllers = {
    autoscaler = { namespace = "kube-system", account = "cluster-autoscaler", needs = {
      pools     = "manage cluster-node-pools ${local.in_shop}"
      instances = "manage instance-family ${local.in_shop}"
      subnets   = "use subnets ${local.in_shop}"
      network   = "read virtual-network-family ${local.in_shop}"
      vnics     = "use vnics ${local.in_shop}"
      inspect   = "inspect compartments ${local.in_shop}"
    } }
    ingress = { namespace = "native-ingress-controller-system", account = "oci-native-ingress-controller", needs = {
      balancers    = "manage load-balancers ${local.in_shop}"
      network      = "use virtual-network-family ${local.in_shop}"
      bundles      = "manage cabundles ${local.in_shop}"
      bundle-links = "manage cabundle-associations ${local.in_shop}"
      leaves       = "manage leaf-certificates ${local.in_shop}"
      leaf-bundles = "read leaf-certificate-bundles ${local.in_shop}"
      leaf-vers    = "manage leaf-certificate-versions ${local.in_shop}"
      links        = "manage certificate-associations ${local.in_shop}"
      authorities  = "read certificate-authorities ${local.in_shop}"
      auth-links   = "manage certificate-authority-associations ${local.in_shop}"
      auth-bundles = "read certificate-authority-bundles ${local.in_shop}"
      ips          = "read public-ips ${local.in_shop}"
      floating     = "manage floating-ips ${local.in_shop}"
      waf          = "manage waf-family ${local.in_shop}"
      cluster      = "read cluster-family ${local.in_shop}"
    } }
  }

  who = merge(
    { for w in keys(local.needs) : w => { namespace = var.kubernetes_namespace, account = "tradewind-${w}" } },
    { for c, v in local.controllers : c => { namespace = v.namespace, account = v.account } },
  )

  allowed = merge(local.needs, { for c, v in local.controllers : c => v.needs })

  statements = { for k, region in merge([for r, c in var.clusters : { for w in keys(local.who) : "${w}-${r}" => { workload = w, cluster = c, region = r } }]...) : k => concat(
    [for need in values(local.allowed[region.workload]) : "Allow any-user to ${need} where all {${local.is[k]}}"],
    [for s in lookup(local.secrets, region.workload, []) : "Allow any-user to read secret-bundles ${local.in_shop} where all {${local.is[k]}, target.secret.name = '${var.environment}-${region.region}-${var.name}-${s}'}"],
    [for purpose, verb in lookup(local.objects, region.workload, {}) : "Allow any-user to ${verb} objects ${local.in_shop} where all {${local.is[k]}, target.bucket.name = '${var.buckets[purpose][region.region]}'}" if can(var.buckets[purpose][region.region])],
    [for purpose, verb in lookup(local.objects, region.workload, {}) : "Allow any-user to read buckets ${local.in_shop} where all {${local.is[k]}, target.bucket.name = '${var.buckets[purpose][region.region]}'}" if can(var.buckets[purpose][region.region])],
  ) }

  is = merge([for r, c in var.clusters : { for w, v in local.who : "${w}-${r}" => "request.principal.type = 'workload', request.principal.namespace = '${v.namespace}', request.principal.service_account = '${v.account}', request.principal.cluster_id = '${c}'" }]...)
}

resource "oci_identity_policy" "workload" {
  for_each = local.statements

  compartment_id = local.compartment_id
  name           = "${var.name}-${var.environment}-${each.key}"
  description    = "what the workload ${each.key} may do"
  statements     = each.value
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

# What Oracle's services do for the shop.
resource "oci_identity_policy" "services" {
  compartment_id = local.compartment_id
  name           = "${var.name}-${var.environment}-services"
  description    = "keys, replication and connectors"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  statements = concat(
    [for s in ["oke", "blockstorage", "streaming", "queue", "objectstorage-*", "dbaas"] : "Allow service ${s} to use keys ${local.in_shop}"],
    [
      "Allow any-user to {STREAM_READ, STREAM_CONSUME} ${local.in_shop} where all {request.principal.type = 'serviceconnector', request.principal.compartment.id = '${local.compartment_id}'}",
      "Allow any-user to manage objects ${local.in_shop} where all {request.principal.type = 'serviceconnector', request.principal.compartment.id = '${local.compartment_id}'}",
    ],
  )
}

resource "oci_identity_policy" "operators" {
  for_each = var.operators == null ? {} : { operators = var.operators }

  compartment_id = local.compartment_id
  name           = "${var.name}-${var.environment}-operators"
  description    = "those who operate the shop: look at everything, use the bastion, the cluster and DR plans"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  statements = [for s in [
    "read all-resources", "use clusters", "manage bastion-session", "use bastion", "read instance-agent-plugins",
    "manage alarms", "manage disaster-recovery-family", "use autonomous-database-family", "manage repos", "use metrics",
  ] : "Allow group ${each.value} to ${s} ${local.in_shop}"]
}
