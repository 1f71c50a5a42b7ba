# In place of what is asked of the cloud, where there is none: scripts/terraform.sh plan.
locals {
  oracle = { id = "ocid1.service.oc1.${var.region_key}.all", cidr_block = "all-${var.region_key}-services-in-oracle-services-network" }
}
