# Alarms on what Oracle's services measure, and on what the program posts itself
# (namespace tradewind).
locals {
  # slo_alarms.tf.json is written by make obs: the objectives of docs/slo.md.
  alarms = merge(local.service_alarms, local.shop_alarms, { for k, a in local.slo_alarms : k => a if var.peer != null || k != "slo-replication-fresh" })

  service_alarms = merge({
    database-cpu     = { namespace = "oci_autonomous_database", query = "CpuUtilization[5m].mean() > 85", severity = "ERROR", pending = "PT10M", runbook = "scale-nodes-and-database", summary = "The database uses most of its ECPUs." }
    database-storage = { namespace = "oci_autonomous_database", query = "StorageUtilization[1h].mean() > 80", severity = "WARNING", pending = "PT30M", runbook = "scale-nodes-and-database", summary = "The database uses most of its storage." }
    database-gone    = { namespace = "oci_autonomous_database", query = "DatabaseAvailability[1m].mean() < 1", severity = "CRITICAL", pending = "PT2M", runbook = "region-failover", summary = "The database does not answer." }
    nodes-not-ready  = { namespace = "oci_oke", query = "NodeState[5m]{nodeState != \"active\"}.count() > 0", severity = "ERROR", pending = "PT10M", runbook = "scale-nodes-and-database", summary = "A node is not ready." }
    },
    var.events == null ? {} : {
      queue-lag = { namespace = "oci_queue", query = "ConsumerLag[5m].max() > 15", severity = "ERROR", pending = "PT5M", runbook = "outbox-lag", summary = "A job waits for a quarter of an hour." } # minutes
    },
    var.cache == null ? {} : {
      cache-memory = { namespace = "oci_redis", query = "MemoryUtilization[5m].max() > 85", severity = "WARNING", pending = "PT15M", runbook = "cache-loss", summary = "The cache forgets what is still used." }
    },
  )

  # The names are those of docs/cloud.md; a test holds them against the program.
  shop_alarms = {
    invariants    = { namespace = "tradewind", query = "invariants_violated[5m].max() > 0", severity = "CRITICAL", pending = "PT1M", runbook = "invariant-violated", summary = "The shop's books do not agree." }
    unreconciled  = { namespace = "tradewind", query = "payments_unreconciled[5m].max() > 0", severity = "ERROR", pending = "PT15M", runbook = "payment-webhook-backlog", summary = "Payments are open for a quarter of an hour and more." }
    outbox-oldest = { namespace = "tradewind", query = "outbox_oldest[1m].max() > 300", severity = "CRITICAL", pending = "PT5M", runbook = "outbox-lag", summary = "Orders wait to be worked on." }
    outbox-dead   = { namespace = "tradewind", query = "outbox_dead[5m].max() > 0", severity = "ERROR", pending = "PT5M", runbook = "dead-letters", summary = "An event was given up." }
    queue-dead    = { namespace = "tradewind", query = "queue_dead[5m].max() > 0", severity = "ERROR", pending = "PT5M", runbook = "dead-letters", summary = "A job was given up." }
    silent        = { namespace = "tradewind", query = "requests[10m].absent()", severity = "CRITICAL", pending = "PT10M", runbook = "availability", summary = "Nothing is heard of the shop." }
  }
}
