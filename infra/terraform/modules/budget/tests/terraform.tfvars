compartment_id   = "ocid1.compartment.oc1..aaaa"
environment      = "prod"
region_key       = "iad"
tenancy_id       = "ocid1.tenancy.oc1..aaaa"
shop_compartment = { id = "ocid1.compartment.oc1..shop", name = "tradewind-prod" }
monthly          = 3000
recipients       = ["owner@example.com"]
