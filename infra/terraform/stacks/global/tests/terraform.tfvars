tenancy_id            = "ocid1.tenancy.oc1..aaaa"
home_region           = "us-ashburn-1"
parent_compartment_id = "ocid1.tenancy.oc1..aaaa"
environment           = "dev"
budget                = { monthly = 50, recipients = ["owner@example.com"] }
