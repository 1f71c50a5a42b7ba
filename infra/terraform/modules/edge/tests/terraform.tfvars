compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
certificate    = { authority_id = "ocid1.certificateauthority.oc1.iad.aaaa", hosts = ["shop.example.com"] }
