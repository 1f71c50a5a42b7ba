variable "namespace" {
  description = "Object Storage namespace of the tenancy."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9_-]+$", var.namespace))
    error_message = "namespace must be that of the tenancy: `oci os ns get` prints it."
  }
}

variable "kms_key_id" {
  description = "OCID of the key that the buckets are encrypted with."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.key\\.", var.kms_key_id))
    error_message = "kms_key_id must be the OCID of a key."
  }
}

variable "buckets" {
  description = "Buckets by purpose: after how many days old versions go, after how many days objects are archived or go, for how many days nobody may delete one (locked rules cannot be shortened), and whether the other region has a copy."
  type = map(object({
    old_versions_days = optional(number, 30)
    archive_days      = optional(number)
    delete_days       = optional(number)
    retain_days       = optional(number)
    replicate         = optional(bool, false)
    events            = optional(bool, false)
  }))
  default = {
    media     = { replicate = true }
    exports   = { delete_days = 90 }
    backups   = { archive_days = 30, retain_days = 14, replicate = true }
    snapshots = { delete_days = 35 }
    facts     = { archive_days = 90, delete_days = 730, replicate = true }
    analytics = { replicate = true }
    logs      = { archive_days = 30, delete_days = 400, retain_days = 90 }
  }

  validation {
    condition     = alltrue([for k, b in var.buckets : can(regex("^[a-z][a-z0-9-]{1,30}$", k)) && b.old_versions_days >= 1])
    error_message = "buckets must have names of lower-case letters, digits and hyphens, and keep old versions for a day at least."
  }

  validation {
    condition     = alltrue([for b in var.buckets : b.retain_days == null || b.delete_days == null || try(b.delete_days >= b.retain_days, false)])
    error_message = "delete_days of a bucket must not be less than its retain_days."
  }
}

variable "replica" {
  description = "The other region, whose buckets of the same purposes are copies: its name, and its region_key for their names. Null on the standby, and for one region."
  type = object({
    region     = string
    region_key = string
  })
  default = null

  validation {
    condition     = var.replica == null ? true : can(regex("^[a-z]+-[a-z]+-[0-9]+$", var.replica.region)) && var.replica.region_key != var.region_key
    error_message = "replica.region must be a region such as us-phoenix-1, other than this one."
  }
}

variable "standby" {
  description = "Whether the other region copies into these buckets: those are read-only then, and have no rules of their own."
  type        = bool
  default     = false
}
