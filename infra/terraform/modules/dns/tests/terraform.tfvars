compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
domain         = "example.com"
addresses      = [{ region_key = "iad", address = "192.0.2.10" }, { region_key = "phx", address = "198.51.100.10" }]
