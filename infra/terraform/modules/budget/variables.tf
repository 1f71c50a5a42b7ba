variable "tenancy_id" {
  description = "OCID of the tenancy: budgets and quotas are the tenancy's."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.tenancy\\.", var.tenancy_id))
    error_message = "tenancy_id must be the OCID of a tenancy."
  }
}

variable "shop_compartment" {
  description = "OCID and name of the shop's compartment."
  type = object({
    id   = string
    name = string
  })

  validation {
    condition     = can(regex("^ocid1\\.compartment\\.", var.shop_compartment.id)) && can(regex("^[A-Za-z0-9._-]+$", var.shop_compartment.name))
    error_message = "shop_compartment needs the OCID and the name of a compartment."
  }
}

variable "monthly" {
  description = "What a month may cost, in the currency of the tenancy, whole units."
  type        = number

  validation {
    condition     = var.monthly >= 1 && floor(var.monthly) == var.monthly
    error_message = "monthly must be a whole number of at least 1."
  }
}

variable "recipients" {
  description = "Mail addresses that hear of the budget."
  type        = list(string)

  validation {
    condition     = length(var.recipients) > 0 && alltrue([for r in var.recipients : can(regex("^[^@ ,]+@[^@ ,]+$", r))])
    error_message = "recipients must hold at least one mail address."
  }
}

variable "quotas" {
  description = "Statements that bound what the compartment may have; those that bound the expensive families unless given."
  type        = list(string)
  default     = null

  validation {
    condition     = var.quotas == null ? true : alltrue([for q in var.quotas : can(regex("^(set|unset|zero) ", q))])
    error_message = "quotas must begin with set, unset or zero, such as: set database quota adw-ecpu-count to 0 in compartment shop."
  }
}
