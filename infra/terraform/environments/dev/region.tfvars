# Small, one region, Always Free where there is such: the database, the ARM
# nodes, traces. No cache, no search cluster: the program does without.
environment = "dev"
region      = "us-ashburn-1"
shop        = { host = "dev.shop.example.com", authority = "ocid1.certificateauthority.oc1.iad.replace" }

database = { free = true, free_from = ["192.0.2.1"] } # the address of the NAT gateway, known after the first apply
cluster = {
  domain_count = 1
  nodes        = { shape = "VM.Standard.A1.Flex", ocpus = 2, memory_gb = 12, min = 1, max = 1 } # Always Free since June 2026: 2 OCPUs and 12 GB in all
  addons       = ["CertManager", "NativeIngressController", "KubernetesMetricsServer"]
}
vault     = { hsm = false }
cache     = null
search    = null
events    = null
apm       = { free = true }
logs_days = 30
