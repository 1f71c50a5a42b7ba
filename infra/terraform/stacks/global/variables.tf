variable "tenancy_id" {
  description = "OCID of the tenancy."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.tenancy\\.", var.tenancy_id))
    error_message = "tenancy_id must be the OCID of a tenancy, such as ocid1.tenancy.oc1..aaaa."
  }
}

variable "home_region" {
  description = "Home region of the tenancy: identities are made there."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+-[0-9]+$", var.home_region))
    error_message = "home_region must be a region such as us-ashburn-1."
  }
}

variable "home_key" {
  description = "Key of the home region in names."
  type        = string
  default     = "iad"
}

variable "parent_compartment_id" {
  description = "OCID of the compartment, or tenancy, that the shop's compartment is made in."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.(compartment|tenancy)\\.", var.parent_compartment_id))
    error_message = "parent_compartment_id must be the OCID of a compartment or of the tenancy."
  }
}

variable "compartment_id" {
  description = "OCID of a compartment that exists for the shop. Null to make one."
  type        = string
  default     = null
}

variable "name" {
  description = "What the parts of this shop are called."
  type        = string
  default     = "tradewind"
}

variable "environment" {
  description = "dev, staging or prod."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "clusters" {
  description = "OCIDs of the clusters by region_key: outputs cluster_id of the stacks region. Empty the first time."
  type        = map(string)
  default     = {}
}

variable "buckets" {
  description = "Names of buckets by purpose and region_key: outputs bucket_names of the stacks region."
  type        = map(map(string))
  default     = {}
}

variable "operators" {
  description = "Name of the group of those who operate the shop. Null for none."
  type        = string
  default     = null
}

variable "identity" {
  description = "Identity domain by which staff sign in: its address. Null for the shop's own accounts."
  type = object({
    domain_url = string
    customers  = optional(bool, false)
    active     = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.identity == null || var.dns != null
    error_message = "identity needs dns: the application must know the shop's address."
  }
}

variable "dns" {
  description = "Domain and name of the shop, the addresses of the regions in their order, further records (dns module). Null for none."
  type = object({
    domain    = string
    host      = optional(string, "shop")
    zone_id   = optional(string)
    ttl       = optional(number, 30)
    addresses = list(object({ region_key = string, address = string, disabled = optional(bool, false) }))
    records   = optional(map(list(string)), {})
  })
  default = null
}

variable "budget" {
  description = "What a month may cost and who hears of it; null for none."
  type = object({
    monthly    = number
    recipients = list(string)
    quotas     = optional(list(string))
  })
}

variable "freeform_tags" {
  description = "Tags on everything."
  type        = map(string)
  default     = {}
}
