variable "tenancy_id" {
  description = "OCID of the tenancy: policies about what is the tenancy's, such as tags, are made there."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.tenancy\\.", var.tenancy_id))
    error_message = "tenancy_id must be the OCID of a tenancy, such as ocid1.tenancy.oc1..aaaa."
  }
}

variable "existing_compartment_id" {
  description = "OCID of a compartment that exists for the shop. Null to make one below compartment_id."
  type        = string
  default     = null

  validation {
    condition     = var.existing_compartment_id == null ? true : can(regex("^ocid1\\.compartment\\.", var.existing_compartment_id))
    error_message = "existing_compartment_id must be the OCID of a compartment."
  }
}

variable "clusters" {
  description = "OCIDs of the clusters whose workloads are allowed, by region_key. Empty before there is one: apply again afterwards."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for c in var.clusters : can(regex("^ocid1\\.cluster\\.", c))])
    error_message = "clusters must be OCIDs of clusters."
  }
}

variable "kubernetes_namespace" {
  description = "Namespace of Kubernetes that the shop runs in."
  type        = string
  default     = "tradewind"

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.kubernetes_namespace))
    error_message = "kubernetes_namespace must be a name of Kubernetes: lower-case letters, digits and hyphens."
  }
}

variable "buckets" {
  description = "Names of buckets by purpose and region_key: media, exports, backups, analytics. What is not named is not allowed."
  type        = map(map(string))
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.buckets), ["media", "exports", "backups", "analytics", "facts", "snapshots", "logs"])) == 0
    error_message = "buckets may be named for media, exports, backups, analytics, facts, snapshots and logs."
  }
}

variable "operators" {
  description = "Name of the group of those who operate the shop. Null for no policy for people."
  type        = string
  default     = null

  validation {
    condition     = var.operators == null ? true : can(regex("^('[^']+'/)?'?[A-Za-z0-9._ -]+'?$", var.operators))
    error_message = "operators must be the name of a group, such as shop-operators or 'Default'/'shop-operators'."
  }
}

variable "tags" {
  description = "Whether the namespace of the shop's tags is made, and environment and owner put on everything in the compartment."
  type        = bool
  default     = true
}
