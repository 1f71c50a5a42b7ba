compartment_id  = "ocid1.compartment.oc1..aaaa"
environment     = "prod"
region_key      = "iad"
admin_secret_id = "ocid1.vaultsecret.oc1.iad.admin"
subnet_id       = "ocid1.subnet.oc1.iad.data"
nsg_ids         = ["ocid1.networksecuritygroup.oc1.iad.atp"]
kms             = { vault_id = "ocid1.vault.oc1.iad.v", key_id = "ocid1.key.oc1.iad.database" }
