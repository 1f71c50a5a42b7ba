# What somebody may fill in who deploys from the console.
tenancy_ocid     = "ocid1.tenancy.oc1..aaaa"
compartment_ocid = "ocid1.compartment.oc1..shop"
region           = "us-ashburn-1"
environment      = "prod"
host             = "shop.example.com"
email            = "ops@example.com"
authority_id     = "ocid1.certificateauthority.oc1.iad.replace"
monthly_budget   = 3000
bastion_from     = "203.0.113.0/24"
