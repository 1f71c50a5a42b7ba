variable "kms_key_id" {
  description = "OCID of the key that streams are encrypted with."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.key\\.", var.kms_key_id))
    error_message = "kms_key_id must be the OCID of a key."
  }
}

variable "subnet_id" {
  description = "OCID of the private subnet for data."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.subnet\\.", var.subnet_id))
    error_message = "subnet_id must be the OCID of a subnet."
  }
}

variable "nsg_ids" {
  description = "OCIDs of the security groups of the streams' endpoint."
  type        = set(string)

  validation {
    condition     = length(var.nsg_ids) > 0
    error_message = "nsg_ids must hold one security group at least: the subnet lets nothing in by itself."
  }
}

variable "streams" {
  description = "Streams by name. Partitions bound how many readers of a group work at once; neither they nor the retention can be changed later."
  type = map(object({
    partitions      = optional(number, 3)
    retention_hours = optional(number, 168)
  }))
  default = { facts = {} }

  validation {
    condition     = length(var.streams) > 0 && alltrue([for s in var.streams : s.partitions >= 1 && s.partitions <= 50 && s.retention_hours >= 24 && s.retention_hours <= 168])
    error_message = "streams must have 1 to 50 partitions and keep what is in them for 24 to 168 hours, at least one stream."
  }
}

variable "archive" {
  description = "Where what is in the streams is kept for longer: a bucket, and the namespace it is in. Null for nowhere."
  type = object({
    namespace = string
    bucket    = string
  })
  default = null
}
