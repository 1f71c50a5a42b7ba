environment = "prod"
region      = "us-phoenix-1"
role        = "standby"
network     = { cidr = "10.20.0.0/16" }
shop        = { host = "shop.example.com", authority = "ocid1.certificateauthority.oc1.phx.replace" }

# outputs of the primary
peer = { region = "us-ashburn-1", cidr = "10.10.0.0/16", database_id = "ocid1.autonomousdatabase.oc1.iad.replace", rpc_id = "ocid1.remotepeeringconnection.oc1.iad.replace", cluster_id = "ocid1.cluster.oc1.iad.replace" }

database     = { ecpus = 8, storage_gb = 500 }
cluster      = { nodes = { ocpus = 4, memory_gb = 32, min = 0, max = 6 } }
cache        = { nodes = 3, memory_gb = 8 }
search       = { data = { nodes = 3, memory_gb = 16, storage_gb = 100 } }
events       = { partitions = 6 }
bastion_from = ["203.0.113.0/24"]
notify       = { page = { emails = ["oncall@example.com"] }, ticket = { emails = ["ops@example.com"] }, info = {} }
mail         = { domain = "example.com", senders = ["shop@example.com"] }
logs_days    = 180
dr           = { enabled = true }
