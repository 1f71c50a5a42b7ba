variable "existing_vault" {
  description = "A vault that exists; only keys and secrets are made in it."
  type = object({
    id                  = string
    management_endpoint = string
  })
  default = null

  validation {
    condition     = var.existing_vault == null ? true : can(regex("^ocid1\\.vault\\.", var.existing_vault.id)) && can(regex("^https://", var.existing_vault.management_endpoint))
    error_message = "existing_vault needs the OCID of a vault and its management endpoint, which begins with https://."
  }
}

variable "private" {
  description = "Whether the vault has a partition of its own in the hardware (VIRTUAL_PRIVATE); costs a fixed price each hour."
  type        = bool
  default     = false
}

variable "hsm" {
  description = "Whether keys stay in hardware. Software keys are free."
  type        = bool
  default     = true
}

variable "keys" {
  description = "Purposes that have a key of their own."
  type        = set(string)
  default     = ["database", "objects", "secrets", "cluster", "messages"]

  validation {
    condition     = contains(var.keys, "secrets") && alltrue([for k in var.keys : can(regex("^[a-z][a-z0-9-]{1,30}$", k))])
    error_message = "keys must hold secrets, and names of lower-case letters, digits and hyphens."
  }
}

variable "rotate_days" {
  description = "After how many days a key has a new version. Only private vaults rotate by themselves; else see the runbook rotate-secrets."
  type        = number
  default     = 90

  validation {
    condition     = var.rotate_days >= 60 && var.rotate_days <= 365
    error_message = "rotate_days must be between 60 and 365."
  }
}

variable "generated" {
  description = "Secrets that the vault makes up, by name: length and what they are for."
  type = map(object({
    length      = optional(number, 32)
    description = string
  }))
  default = {
    database-admin = { length = 30, description = "ADMIN of the database" }
    database-shop  = { length = 30, description = "the shop's user of the database" }
    token-secret   = { length = 64, description = "seals tokens and cookies" }
  }

  validation {
    condition     = alltrue([for k, s in var.generated : can(regex("^[a-z][a-z0-9-]{1,60}$", k)) && s.length >= 16 && s.length <= 128])
    error_message = "generated must have names of lower-case letters, digits and hyphens, and lengths between 16 and 128."
  }
}

variable "replicas" {
  description = "The other region's vault, to which secrets are copied. Empty for one region."
  type = map(object({
    region   = string
    vault_id = string
    key_id   = string
  }))
  default = {}

  validation {
    condition     = alltrue([for r in var.replicas : can(regex("^[a-z]+-[a-z]+-[0-9]+$", r.region)) && can(regex("^ocid1\\.vault\\.", r.vault_id)) && can(regex("^ocid1\\.key\\.", r.key_id))])
    error_message = "replicas need a region such as us-phoenix-1, and the OCIDs of a vault and of a key."
  }
}

variable "standby" {
  description = "Whether this is the standby region: its secrets come by replication and are not made here."
  type        = bool
  default     = false
}
