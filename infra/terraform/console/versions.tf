terraform {
  required_version = ">= 1.5" # the newest that OCI Resource Manager runs

  required_providers {
    oci = {
      source  = "oracle/oci"
      version = ">= 8.0, < 9.0"
    }
  }
}

provider "oci" {
  region = var.region
}

# What is about identities is made in the home region.
provider "oci" {
  alias  = "home"
  region = local.home
}
