variable "db_name" {
  description = "Name of the database: letters and digits. The same in both regions."
  type        = string
  default     = "TRADEWIND"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9]{0,29}$", var.db_name))
    error_message = "db_name must be 1 to 30 letters and digits and begin with a letter."
  }
}

variable "role" {
  description = "primary, or standby: a copy in another region by Autonomous Data Guard."
  type        = string
  default     = "primary"

  validation {
    condition     = contains(["primary", "standby"], var.role)
    error_message = "role must be primary or standby."
  }
}

variable "source_id" {
  description = "On the standby: OCID of the primary database."
  type        = string
  default     = null

  validation {
    condition     = var.source_id == null ? true : can(regex("^ocid1\\.autonomousdatabase\\.", var.source_id))
    error_message = "source_id must be the OCID of an autonomous database."
  }

  validation {
    condition     = (var.role == "standby") == (var.source_id != null)
    error_message = "source_id belongs to the role standby, and only to it."
  }
}

variable "admin_secret_id" {
  description = "On the primary: OCID of the secret with the password of ADMIN."
  type        = string
  default     = null

  validation {
    condition     = var.role == "standby" || can(regex("^ocid1\\.vaultsecret\\.", var.admin_secret_id))
    error_message = "admin_secret_id must be the OCID of a secret; the standby needs none."
  }
}

variable "existing_id" {
  description = "OCID of a database that exists, with its name: nothing is made then."
  type        = string
  default     = null

  validation {
    condition     = var.existing_id == null ? true : can(regex("^ocid1\\.autonomousdatabase\\.", var.existing_id))
    error_message = "existing_id must be the OCID of an autonomous database."
  }
}

variable "free" {
  description = "Whether it is an Always Free database: public with a list of networks, without keys, standby or long-term backups. For dev."
  type        = bool
  default     = false

  validation {
    condition     = !(var.free && var.environment == "prod")
    error_message = "free is for dev and staging; prod needs a private endpoint and backups."
  }
}

variable "free_from" {
  description = "Networks from which a free database can be reached."
  type        = set(string)
  default     = []

  validation {
    condition     = !var.free || length(var.free_from) > 0
    error_message = "free_from must hold at least one network or address: a free database has no private endpoint."
  }
}

variable "ecpus" {
  description = "ECPUs; with auto_scaling three times as many in a surge."
  type        = number
  default     = 4

  validation {
    condition     = var.ecpus >= 2 && var.ecpus <= 512
    error_message = "ecpus must be between 2 and 512."
  }
}

variable "auto_scaling" {
  description = "Whether the database may use up to three times its ECPUs and storage."
  type        = bool
  default     = true
}

variable "storage_gb" {
  description = "Storage."
  type        = number
  default     = 100

  validation {
    condition     = var.storage_gb >= 20 && var.storage_gb <= 393216
    error_message = "storage_gb must be between 20 and 393216."
  }
}

variable "db_version" {
  description = "19c, 23ai or 26ai. The shop's SQL is for 19c and newer."
  type        = string
  default     = "23ai"

  validation {
    condition     = contains(["19c", "23ai", "26ai"], var.db_version)
    error_message = "db_version must be 19c, 23ai or 26ai."
  }
}

variable "license" {
  description = "LICENSE_INCLUDED or BRING_YOUR_OWN_LICENSE."
  type        = string
  default     = "LICENSE_INCLUDED"

  validation {
    condition     = contains(["LICENSE_INCLUDED", "BRING_YOUR_OWN_LICENSE"], var.license)
    error_message = "license must be LICENSE_INCLUDED or BRING_YOUR_OWN_LICENSE."
  }
}

variable "backup_days" {
  description = "For how many days the database can be brought back to any moment."
  type        = number
  default     = 60

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 60
    error_message = "backup_days must be between 1 and 60."
  }
}

variable "long_term" {
  description = "Backups kept for long: how often (WEEKLY, MONTHLY, YEARLY), when first (RFC 3339), for how many days. Null for none."
  type = object({
    every = optional(string, "MONTHLY")
    at    = string
    days  = optional(number, 400)
  })
  default = null

  validation {
    condition     = var.long_term == null ? true : contains(["WEEKLY", "MONTHLY", "YEARLY"], var.long_term.every) && can(timeadd(var.long_term.at, "0s")) && var.long_term.days >= 90 && var.long_term.days <= 3650
    error_message = "long_term.every must be WEEKLY, MONTHLY or YEARLY, at a time such as 2027-01-01T02:00:00Z, and days between 90 and 3650."
  }
}

variable "subnet_id" {
  description = "OCID of the private subnet for data."
  type        = string
  default     = null

  validation {
    condition     = var.free || var.existing_id != null || can(regex("^ocid1\\.subnet\\.", var.subnet_id))
    error_message = "subnet_id must be the OCID of a subnet."
  }
}

variable "nsg_ids" {
  description = "OCIDs of the security groups of the database."
  type        = set(string)
  default     = []

  validation {
    condition     = var.free || var.existing_id != null || length(var.nsg_ids) > 0
    error_message = "nsg_ids must hold one security group at least: the subnet lets nothing in by itself."
  }
}

variable "kms" {
  description = "Vault and key that the database is encrypted with. Null for keys of Oracle."
  type = object({
    vault_id = string
    key_id   = string
  })
  default = null

  validation {
    condition     = var.kms != null || var.environment != "prod"
    error_message = "kms is needed in prod: its data are encrypted with the shop's own key."
  }
}

variable "mtls" {
  description = "Whether clients need a wallet. Change nothing else in the same apply."
  type        = bool
  default     = false
}

variable "contacts" {
  description = "Addresses that hear of maintenance."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.contacts) <= 10 && alltrue([for c in var.contacts : can(regex("^[^@ ]+@[^@ ]+$", c))])
    error_message = "contacts must be ten mail addresses at most."
  }
}
