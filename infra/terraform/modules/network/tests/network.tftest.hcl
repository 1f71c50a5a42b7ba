mock_provider "oci" {
  mock_data "oci_core_services" {
    defaults = {
      services = [{ id = "ocid1.service.oc1.iad.aaaa", cidr_block = "all-iad-services-in-oracle-services-network", name = "All IAD Services In Oracle Services Network", description = "" }]
    }
  }
}

run "defaults" {
  command = apply

  assert {
    condition     = alltrue([for k, s in oci_core_subnet.this : s.prohibit_public_ip_on_vnic == (k != "edge")])
    error_message = "Only the edge may have public addresses."
  }
  assert {
    condition     = oci_core_subnet.this["pods"].cidr_block == "10.10.64.0/18" && oci_core_subnet.this["api"].cidr_block == "10.10.8.0/24"
    error_message = "Subnets do not have the addresses that the documentation says."
  }
  assert {
    condition     = alltrue([for k, r in oci_core_network_security_group_security_rule.this : r.source != "0.0.0.0/0" || startswith(k, "edge-http")])
    error_message = "Only the edge is open to the internet."
  }
  assert {
    condition     = length(oci_core_drg.this) == 0 && output.rpc_id == null
    error_message = "One region needs no peering."
  }
}

run "small" {
  command = plan
  variables {
    cidr = "10.30.0.0/20"
  }
  assert {
    condition     = length(distinct([for s in oci_core_subnet.this : s.cidr_block])) == 6 && oci_core_subnet.this["api"].cidr_block == "10.30.0.128/28"
    error_message = "A /20 has no room for its subnets."
  }
}

run "peered" {
  command = apply
  variables {
    peer = { cidr = "10.20.0.0/16", rpc_id = "ocid1.remotepeeringconnection.oc1.phx.aaaa", region = "us-phoenix-1" }
  }
  assert {
    condition     = oci_core_remote_peering_connection.this["drg"].peer_region_name == "us-phoenix-1" && output.rpc_id != null
    error_message = "The side that joins does not join."
  }
  assert {
    condition     = contains([for r in oci_core_route_table.this["data"].route_rules : r.destination], "10.20.0.0/16") && oci_core_network_security_group_security_rule.this["peer-atp-in"].source == "10.20.0.0/16"
    error_message = "The other region does not reach the database."
  }
}

run "own_vcn" {
  command = apply
  variables {
    existing = {
      vcn_id     = "ocid1.vcn.oc1.iad.own"
      subnet_ids = { edge = "e", api = "a", nodes = "n", pods = "p", data = "d", bastion = "b" }
    }
    peer = { cidr = "10.20.0.0/16" }
  }
  assert {
    condition     = length(oci_core_vcn.this) + length(oci_core_subnet.this) + length(oci_core_drg.this) == 0 && output.vcn_id == "ocid1.vcn.oc1.iad.own" && output.subnet_ids.pods == "p"
    error_message = "In a VCN that exists nothing but security groups is made."
  }
}

run "bad_cidr_size" {
  command         = plan
  expect_failures = [var.cidr]
  variables {
    cidr = "10.0.0.0/24"
  }
}

run "bad_cidr_public" {
  command         = plan
  expect_failures = [var.cidr]
  variables {
    cidr = "11.0.0.0/16"
  }
}

run "bad_existing_vcn" {
  command         = plan
  expect_failures = [var.existing]
  variables {
    existing = { vcn_id = "mine", subnet_ids = { edge = "e", api = "a", nodes = "n", pods = "p", data = "d", bastion = "b" } }
  }
}

run "bad_existing_subnets" {
  command         = plan
  expect_failures = [var.existing]
  variables {
    existing = { vcn_id = "ocid1.vcn.oc1.iad.own", subnet_ids = { edge = "e" } }
  }
}

run "bad_egress" {
  command         = plan
  expect_failures = [var.egress]
  variables {
    egress = ["stripe.com"]
  }
}

run "bad_peer_cidr" {
  command         = plan
  expect_failures = [var.peer]
  variables {
    peer = { cidr = "the other" }
  }
}

run "bad_peer_half" {
  command         = plan
  expect_failures = [var.peer]
  variables {
    peer = { cidr = "10.20.0.0/16", rpc_id = "ocid1.remotepeeringconnection.oc1.phx.aaaa" }
  }
}

run "bad_peer_overlap" {
  command         = plan
  expect_failures = [var.peer]
  variables {
    peer = { cidr = "10.10.0.0/16" }
  }
}
