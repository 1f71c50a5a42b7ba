variable "subnet_id" {
  description = "OCID of the private subnet for data."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.subnet\\.", var.subnet_id))
    error_message = "subnet_id must be the OCID of a subnet."
  }
}

variable "nsg_ids" {
  description = "OCIDs of the security groups of the cache."
  type        = set(string)

  validation {
    condition     = length(var.nsg_ids) > 0
    error_message = "nsg_ids must hold one security group at least: the subnet lets nothing in by itself."
  }
}

variable "nodes" {
  description = "How many nodes: one primary and its copies."
  type        = number
  default     = 3

  validation {
    condition     = var.nodes >= 1 && var.nodes <= 5 && floor(var.nodes) == var.nodes
    error_message = "nodes must be a whole number between 1 and 5."
  }
}

variable "memory_gb" {
  description = "Memory of a node."
  type        = number
  default     = 4

  validation {
    condition     = var.memory_gb >= 2 && var.memory_gb <= 500
    error_message = "memory_gb must be between 2 and 500."
  }
}

variable "engine" {
  description = "REDIS_7_0, VALKEY_7_2 or VALKEY_8_1; the shop uses no command newer than Redis 7.0."
  type        = string
  default     = "VALKEY_7_2"

  validation {
    condition     = contains(["REDIS_7_0", "VALKEY_7_2", "VALKEY_8_1"], var.engine)
    error_message = "engine must be REDIS_7_0, VALKEY_7_2 or VALKEY_8_1."
  }
}

variable "users" {
  description = "Users of the cache by name: SHA-256 of their passwords, in hexadecimal, and what they may do (ACL of Redis). Empty for the default user."
  type = map(object({
    password_sha256 = string
    acl             = optional(string, "~tradewind:* &tradewind:* +@all -@admin -@dangerous +info +script")
  }))
  default = {}

  validation {
    condition     = alltrue([for u in var.users : can(regex("^[0-9a-f]{64}$", u.password_sha256))])
    error_message = "users must have the SHA-256 of a password in 64 hexadecimal digits, never the password."
  }
}
