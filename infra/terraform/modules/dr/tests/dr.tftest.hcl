mock_provider "oci" {}

run "primary" {
  command = plan
  variables { peer = { group_id = "ocid1.drprotectiongroup.oc1.phx.g", region = "us-phoenix-1" } }
  assert {
    condition     = oci_disaster_recovery_dr_protection_group.this.association[0].role == "PRIMARY" && length(oci_disaster_recovery_dr_plan.this) == 0
    error_message = "The primary is associated, and plans are the standby's."
  }
}

run "standby" {
  command = plan
  variables {
    role         = "STANDBY"
    disassociate = 1
    cluster      = { id = "ocid1.cluster.oc1.phx.c", peer_id = "ocid1.cluster.oc1.iad.c", bucket = "bkt-prod-phx-tradewind-logs", pools = { "ocid1.nodepool.oc1.phx.p" = { min = 2, max = 6 } } }
    plans        = ["SWITCHOVER", "FAILOVER"]
  }
  assert {
    condition     = length(oci_disaster_recovery_dr_plan.this) == 2 && [for m in oci_disaster_recovery_dr_protection_group.this.members : m.member_type] == ["AUTONOMOUS_DATABASE", "OKE_CLUSTER"] && oci_disaster_recovery_dr_protection_group.this.members[1].managed_node_pool_configs[0].maximum == 6
    error_message = "Plans move the database first, and make the node pools larger."
  }
}

run "bad_role" {
  command         = plan
  expect_failures = [var.role]
  variables { role = "primary" }
}

run "bad_peer" {
  command         = plan
  expect_failures = [var.peer]
  variables { peer = { group_id = "x", region = "phoenix" } }
}

run "bad_peer_of_standby" {
  command         = plan
  expect_failures = [var.peer]
  variables {
    role = "STANDBY"
    peer = { group_id = "ocid1.drprotectiongroup.oc1.phx.g", region = "us-phoenix-1" }
  }
}

run "bad_database" {
  command         = plan
  expect_failures = [var.database_id]
  variables { database_id = "db" }
}

run "bad_cluster" {
  command         = plan
  expect_failures = [var.cluster]
  variables { cluster = { id = "c", peer_id = "d", bucket = "b" } }
}

run "bad_plan" {
  command         = plan
  expect_failures = [var.plans]
  variables { plans = ["PANIC"] }
}

run "bad_disassociate" {
  command         = plan
  expect_failures = [var.disassociate]
  variables { disassociate = -1 }
}
