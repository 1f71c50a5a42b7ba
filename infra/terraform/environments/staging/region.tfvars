environment = "staging"
region      = "us-ashburn-1"
shop        = { host = "staging.shop.example.com", authority = "ocid1.certificateauthority.oc1.iad.replace" }

database = { ecpus = 2, storage_gb = 50, backup_days = 7 }
cluster  = { nodes = { ocpus = 1, memory_gb = 8, min = 1, max = 2 } }
cache    = { nodes = 1, memory_gb = 2 }
search   = { data = { nodes = 1, memory_gb = 8 }, leaders = { nodes = 1, memory_gb = 8 } }
events   = { partitions = 1 }
waf      = { observe = true }
