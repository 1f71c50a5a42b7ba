# The same in every module; scripts/terraform.sh check compares them.

variable "compartment_id" {
  description = "OCID of the compartment that the network is made in."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.(compartment|tenancy)\\.", var.compartment_id))
    error_message = "compartment_id must be the OCID of a compartment, such as ocid1.compartment.oc1..aaaa."
  }
}

variable "name" {
  description = "What the parts of this shop are called: 2 to 20 lower-case letters, digits and hyphens."
  type        = string
  default     = "tradewind"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "name must be 2 to 20 lower-case letters, digits and hyphens and begin with a letter, such as tradewind."
  }
}

variable "environment" {
  description = "dev, staging or prod."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "region_key" {
  description = "Short key of the region in names, such as iad for us-ashburn-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{3}$", var.region_key))
    error_message = "region_key must be the three lower-case letters of a region, such as iad or fra."
  }
}

variable "freeform_tags" {
  description = "Tags without a namespace, on everything that takes them."
  type        = map(string)
  default     = {}
}

variable "defined_tags" {
  description = "Tags of namespaces, on everything that takes them; keys are namespace.key."
  type        = map(string)
  default     = {}
}

locals {
  prefix = "${var.environment}-${var.region_key}-${var.name}"
}
