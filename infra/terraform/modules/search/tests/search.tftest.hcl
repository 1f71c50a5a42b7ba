mock_provider "oci" {
  mock_resource "oci_opensearch_opensearch_cluster" {
    defaults = { opensearch_fqdn = "aaaa.opensearch.us-ashburn-1.oci.oraclecloud.com" }
  }
}

run "defaults" {
  command = apply
  assert {
    condition     = oci_opensearch_opensearch_cluster.this.data_node_count == 3 && oci_opensearch_opensearch_cluster.this.master_node_count == 3 && output.url == "https://aaaa.opensearch.us-ashburn-1.oci.oraclecloud.com:9200"
    error_message = "A cluster survives the loss of a node."
  }
}

run "options" {
  command = apply
  variables {
    engine_version = "2.15.0"
    data           = { nodes = 1, memory_gb = 8 }
    leaders        = { nodes = 1 }
    dashboards     = 2
    admin          = { name = "shop", password_hash = "pbkdf2_stretch_1000$abc$def" }
  }
  assert {
    condition     = oci_opensearch_opensearch_cluster.this.data_node_host_memory_gb == 8 && oci_opensearch_opensearch_cluster.this.data_node_storage_gb == 50 && oci_opensearch_opensearch_cluster.this.opendashboard_node_count == 2
    error_message = "The options are not used."
  }
  assert {
    condition     = nonsensitive(oci_opensearch_opensearch_cluster.this.security_mode) == "ENFORCING"
    error_message = "With a main user the cluster must ask who one is."
  }
}

run "bad_vcn" {
  command         = plan
  expect_failures = [var.vcn_id]
  variables { vcn_id = "vcn" }
}

run "bad_subnet" {
  command         = plan
  expect_failures = [var.subnet_id]
  variables { subnet_id = "data" }
}

run "bad_nsg" {
  command         = plan
  expect_failures = [var.nsg_id]
  variables { nsg_id = "search" }
}

run "bad_version" {
  command         = plan
  expect_failures = [var.engine_version]
  variables { engine_version = "1.2.4" }
}

run "bad_data" {
  command         = plan
  expect_failures = [var.data]
  variables { data = { storage_gb = 1 } }
}

run "bad_leaders" {
  command         = plan
  expect_failures = [var.leaders]
  variables { leaders = { nodes = 2 } }
}

run "bad_dashboards" {
  command         = plan
  expect_failures = [var.dashboards]
  variables { dashboards = 0 }
}

run "bad_admin" {
  command         = plan
  expect_failures = [var.admin]
  variables { admin = { name = "shop", password_hash = "secret" } }
}
