compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
role           = "PRIMARY"
log            = { namespace = "axshopexample", bucket = "bkt-prod-iad-tradewind-logs" }
database_id    = "ocid1.autonomousdatabase.oc1.iad.db"
