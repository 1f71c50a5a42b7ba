compartment_id = "ocid1.compartment.oc1..aaaa"
environment    = "prod"
region_key     = "iad"
subnet_id      = "ocid1.subnet.oc1.iad.edge"
nsg_ids        = ["ocid1.networksecuritygroup.oc1.iad.edge"]
public_ip_id   = "ocid1.publicip.oc1.iad.ip"
certificate_id = "ocid1.certificate.oc1.iad.cert"
