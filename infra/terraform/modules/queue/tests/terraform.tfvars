compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
kms_key_id     = "ocid1.key.oc1.iad.messages"
