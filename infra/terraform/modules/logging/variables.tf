variable "retention_days" {
  description = "For how many days logs are kept: 30, 60, 90, 120, 150 or 180."
  type        = number
  default     = 90

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180], var.retention_days)
    error_message = "retention_days must be 30, 60, 90, 120, 150 or 180."
  }
}

variable "subnet_ids" {
  description = "OCIDs of subnets by role, whose flows are logged."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for s in var.subnet_ids : can(regex("^ocid1\\.subnet\\.", s))])
    error_message = "subnet_ids must be OCIDs of subnets."
  }
}

variable "buckets" {
  description = "Names of buckets by purpose, whose writes are logged."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for b in var.buckets : can(regex("^[A-Za-z0-9._-]+$", b))])
    error_message = "buckets must be names of buckets."
  }
}

variable "waf_id" {
  description = "OCID of the firewall whose decisions are logged. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.waf_id == null ? true : can(regex("^ocid1\\.webappfirewall", var.waf_id))
    error_message = "waf_id must be the OCID of a web application firewall."
  }
}

variable "nodes" {
  description = "OCIDs of dynamic groups whose instances send the logs of containers, as JSON. Empty for none."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for n in var.nodes : can(regex("^ocid1\\.dynamicgroup\\.", n))])
    error_message = "nodes must be OCIDs of dynamic groups."
  }
}
