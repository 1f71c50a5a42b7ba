# The smallest that may be filled in: Always Free where there is such.
tenancy_ocid     = "ocid1.tenancy.oc1..aaaa"
compartment_ocid = "ocid1.compartment.oc1..shop"
region           = "us-ashburn-1"
size             = "free"
host             = "dev.shop.example.com"
email            = "ops@example.com"
authority_id     = "ocid1.certificateauthority.oc1.iad.replace"
database_from    = "192.0.2.1"
