compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
subnet_id      = "ocid1.subnet.oc1.iad.bastion"
allow_from     = ["203.0.113.0/24"]
