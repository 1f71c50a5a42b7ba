compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
subnet_id      = "ocid1.subnet.oc1.iad.data"
nsg_ids        = ["ocid1.networksecuritygroup.oc1.iad.cache"]
