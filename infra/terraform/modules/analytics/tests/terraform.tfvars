compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
domain_id      = "ocid1.domain.oc1..d"
kms_key_id     = "ocid1.key.oc1.iad.database"
network        = { vcn_id = "ocid1.vcn.oc1.iad.aaaa", subnet_id = "ocid1.subnet.oc1.iad.data", nsg_ids = ["ocid1.networksecuritygroup.oc1.iad.atp"], zones = ["adb.us-ashburn-1.oraclecloud.com"] }
