environment = "prod"
region      = "us-ashburn-1"
role        = "primary"
network     = { cidr = "10.10.0.0/16" }
shop        = { host = "shop.example.com", authority = "ocid1.certificateauthority.oc1.iad.replace" }

peer = { region = "us-phoenix-1", cidr = "10.20.0.0/16" } # and the standby's outputs, when there are such: infra/terraform/README.md

database     = { ecpus = 8, storage_gb = 500, long_term = { at = "2027-01-01T02:00:00Z" } }
cluster      = { nodes = { ocpus = 4, memory_gb = 32, min = 1, max = 6 } }
cache        = { nodes = 3, memory_gb = 8 }
search       = { data = { nodes = 3, memory_gb = 16, storage_gb = 100 } }
events       = { partitions = 6 }
bastion_from = ["203.0.113.0/24"]
notify       = { page = { emails = ["oncall@example.com"] }, ticket = { emails = ["ops@example.com"] }, info = {} }
mail         = { domain = "example.com", senders = ["shop@example.com"] }
logs_days    = 180
dr           = { enabled = true }
