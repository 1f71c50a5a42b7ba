tenancy_id     = "ocid1.tenancy.oc1..aaaa"
compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "dev"
region         = "us-ashburn-1"
shop           = { host = "dev.shop.example.com", authority = "ocid1.certificateauthority.oc1.iad.aaaa" }
notify         = { page = {}, ticket = {}, info = {} }
cluster        = { domains = ["Uocm:US-ASHBURN-AD-1"], nodes = { image_id = "ocid1.image.oc1.iad.aaaa" } }
