variable "block" {
  description = "Networks that are refused, and countries (ISO 3166, two letters)."
  type = object({
    networks  = optional(list(string), [])
    countries = optional(list(string), [])
  })
  default = {}

  validation {
    condition     = alltrue([for n in var.block.networks : can(cidrhost(n, 0))])
    error_message = "block.networks must be networks such as 203.0.113.0/24."
  }

  validation {
    condition     = alltrue([for c in var.block.countries : can(regex("^[A-Z]{2}$", c))])
    error_message = "block.countries must be two upper-case letters each, such as AQ."
  }
}

variable "rates" {
  description = "How many requests an address may make, by name: the path they begin with, requests and seconds."
  type = map(object({
    path    = string
    limit   = number
    seconds = number
    refuse  = optional(number, 60)
  }))
  default = {
    all      = { path = "/", limit = 3000, seconds = 60 }
    sessions = { path = "/v1/sessions", limit = 30, seconds = 60 }
    checkout = { path = "/v1/checkout", limit = 60, seconds = 60 }
    staff    = { path = "/v1/admin/session", limit = 20, seconds = 60 }
  }

  validation {
    condition     = alltrue([for r in var.rates : startswith(r.path, "/") && r.limit >= 1 && r.seconds >= 1 && r.refuse >= 1])
    error_message = "rates need a path that begins with /, and a limit, seconds and refuse of 1 or more."
  }
}

variable "admin_from" {
  description = "Networks from which staff work; empty for everywhere."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for n in var.admin_from : can(cidrhost(n, 0))])
    error_message = "admin_from must be networks such as 203.0.113.0/24."
  }
}

variable "capabilities" {
  description = "Protection capabilities by key, with their version. What they find is refused, or only noted with observe."
  type        = map(number)
  default = {
    "9420000" = 3 # SQL injection, collaborative
    "9410000" = 3 # cross-site scripting, collaborative
    "9320001" = 3 # remote code execution
    "9300000" = 3 # local files
    "920360"  = 1 # an argument name that is too long
    "911100"  = 1 # a method that is not allowed
  }

  validation {
    condition     = length(var.capabilities) > 0 && alltrue([for k, v in var.capabilities : can(regex("^[0-9]+$", k)) && v >= 1])
    error_message = "capabilities must be keys of digits with a version of 1 or more, at least one."
  }
}

variable "observe" {
  description = "Whether what the capabilities find is only noted. For the first weeks: see the runbook waf-false-positive."
  type        = bool
  default     = false
}

variable "load_balancer_id" {
  description = "OCID of a load balancer that Terraform made, to be protected. Null where the ingress controller attaches the policy."
  type        = string
  default     = null

  validation {
    condition     = var.load_balancer_id == null ? true : can(regex("^ocid1\\.loadbalancer\\.", var.load_balancer_id))
    error_message = "load_balancer_id must be the OCID of a load balancer."
  }
}
