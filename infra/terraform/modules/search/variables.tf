variable "vcn_id" {
  description = "OCID of the VCN."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.vcn\\.", var.vcn_id))
    error_message = "vcn_id must be the OCID of a VCN."
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

variable "nsg_id" {
  description = "OCID of the security group of the cluster."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.networksecuritygroup\\.", var.nsg_id))
    error_message = "nsg_id must be the OCID of a network security group."
  }
}

variable "engine_version" {
  description = "Version of OpenSearch. The shop is tested with 2.19."
  type        = string
  default     = "2.19.1"

  validation {
    condition     = can(regex("^(2\\.1[1-9]|3\\.[0-9]+)\\.[0-9]+$", var.engine_version))
    error_message = "engine_version must be 2.11 or newer, such as 2.19.1."
  }
}

variable "data" {
  description = "Data nodes: how many, and OCPUs, memory and storage of each."
  type = object({
    nodes      = optional(number, 3)
    ocpus      = optional(number, 1)
    memory_gb  = optional(number, 16)
    storage_gb = optional(number, 50)
  })
  default = {}

  validation {
    condition     = var.data.nodes >= 1 && var.data.nodes <= 40 && var.data.ocpus >= 1 && var.data.memory_gb >= 8 && var.data.storage_gb >= 50
    error_message = "data must have 1 to 40 nodes, an OCPU, 8 GB of memory and 50 GB of storage at least."
  }
}

variable "leaders" {
  description = "Leader nodes: how many, and OCPUs and memory of each. Three survive the loss of one."
  type = object({
    nodes     = optional(number, 3)
    ocpus     = optional(number, 1)
    memory_gb = optional(number, 16)
  })
  default = {}

  validation {
    condition     = contains([1, 3, 5], var.leaders.nodes) && var.leaders.ocpus >= 1 && var.leaders.memory_gb >= 8
    error_message = "leaders must be 1, 3 or 5 nodes with an OCPU and 8 GB of memory at least."
  }
}

variable "dashboards" {
  description = "How many nodes OpenSearch Dashboards has."
  type        = number
  default     = 1

  validation {
    condition     = var.dashboards >= 1 && var.dashboards <= 3
    error_message = "dashboards must be between 1 and 3."
  }
}

variable "admin" {
  description = "Main user of the cluster: its name, and the bcrypt or PBKDF2 hash of its password. Null for a cluster without users of its own, reachable by its security group alone."
  type = object({
    name          = string
    password_hash = string
  })
  default   = null
  sensitive = true

  validation {
    condition     = var.admin == null ? true : can(regex("^(\\$2[aby]\\$|pbkdf2_)", var.admin.password_hash))
    error_message = "admin.password_hash must be a hash that begins with pbkdf2_ or $2, never the password."
  }
}
