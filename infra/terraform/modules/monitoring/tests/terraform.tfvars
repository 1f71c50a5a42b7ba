compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
topic_ids      = { page = "ocid1.onstopic.oc1.iad.page", ticket = "ocid1.onstopic.oc1.iad.ticket" }
alarms = {
  database-cpu = { namespace = "oci_autonomous_database", query = "CpuUtilization[1m].mean() > 90", runbook = "scale-nodes-and-database", summary = "The database is busy." }
  oversold     = { namespace = "tradewind", query = "invariant_violations[1m]{invariant = \"stock\"}.max() > 0", severity = "CRITICAL", pending = "PT1M", runbook = "oversold", summary = "More was sold than there was." }
}
