compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
kms_key_id     = "ocid1.key.oc1.iad.messages"
subnet_id      = "ocid1.subnet.oc1.iad.data"
nsg_ids        = ["ocid1.networksecuritygroup.oc1.iad.streaming"]
