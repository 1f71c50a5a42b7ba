compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
