compartment_id       = "ocid1.compartment.oc1..aaaa"
environment          = "prod"
region_key           = "iad"
vcn_id               = "ocid1.vcn.oc1.iad.aaaa"
subnet_ids           = { edge = "ocid1.subnet.oc1.iad.edge", api = "ocid1.subnet.oc1.iad.api", nodes = "ocid1.subnet.oc1.iad.nodes", pods = "ocid1.subnet.oc1.iad.pods" }
nsg_ids              = { edge = "ocid1.networksecuritygroup.oc1.iad.edge", api = "ocid1.networksecuritygroup.oc1.iad.api", nodes = "ocid1.networksecuritygroup.oc1.iad.nodes", pods = "ocid1.networksecuritygroup.oc1.iad.pods" }
kms_key_id           = "ocid1.key.oc1.iad.cluster"
availability_domains = ["Uocm:US-ASHBURN-AD-1", "Uocm:US-ASHBURN-AD-2", "Uocm:US-ASHBURN-AD-3"]
