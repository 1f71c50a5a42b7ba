variable "subnet_id" {
  description = "OCID of the subnet that the bastion reaches from."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.subnet\\.", var.subnet_id))
    error_message = "subnet_id must be the OCID of a subnet."
  }
}

variable "allow_from" {
  description = "Networks from which sessions may be opened; an office or a VPN."
  type        = list(string)

  validation {
    condition     = length(var.allow_from) > 0 && alltrue([for c in var.allow_from : can(cidrhost(c, 0)) && try(tonumber(split("/", c)[1]), 0) >= 8])
    error_message = "allow_from must be at least one IPv4 network of /8 or narrower, such as 203.0.113.0/24; the whole internet is not one."
  }
}

variable "max_session_hours" {
  description = "How long a session may last."
  type        = number
  default     = 3

  validation {
    condition     = var.max_session_hours >= 0.5 && var.max_session_hours <= 3
    error_message = "max_session_hours must be between 0.5 and 3."
  }
}
