variable "domain" {
  description = "Domain of the zone, such as example.com."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain must be a domain such as example.com."
  }
}

variable "host" {
  description = "Name of the shop in the domain."
  type        = string
  default     = "shop"

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.host))
    error_message = "host must be a name without dots, such as shop."
  }
}

variable "existing_zone_id" {
  description = "OCID of a zone that exists. Null to make one."
  type        = string
  default     = null

  validation {
    condition     = var.existing_zone_id == null ? true : can(regex("^ocid1\\.dns-zone\\.", var.existing_zone_id))
    error_message = "existing_zone_id must be the OCID of a DNS zone."
  }
}

variable "addresses" {
  description = "Addresses of the regions by region_key, in the order in which they are to answer; the first that is healthy does."
  type = list(object({
    region_key = string
    address    = string
    disabled   = optional(bool, false)
  }))

  validation {
    condition     = length(var.addresses) > 0 && length(distinct(var.addresses[*].address)) == length(var.addresses) && alltrue([for a in var.addresses : can(cidrhost("${a.address}/32", 0))])
    error_message = "addresses must hold at least one IPv4 address, each once."
  }

  validation {
    condition     = anytrue([for a in var.addresses : !a.disabled])
    error_message = "addresses must not all be disabled."
  }
}

variable "ttl" {
  description = "For how many seconds resolvers may remember the answer."
  type        = number
  default     = 30

  validation {
    condition     = var.ttl >= 10 && var.ttl <= 3600
    error_message = "ttl must be between 10 and 3600."
  }
}

variable "health" {
  description = "How regions are asked for their health: path, and every how many seconds (10, 30 or 60)."
  type = object({
    path    = optional(string, "/readyz")
    seconds = optional(number, 30)
  })
  default = {}

  validation {
    condition     = startswith(var.health.path, "/") && contains([10, 30, 60], var.health.seconds)
    error_message = "health.path must begin with /, and health.seconds be 10, 30 or 60."
  }
}

variable "records" {
  description = "Further records by name and type, such as those that prove mail: {\"_dmarc TXT\" = [\"v=DMARC1; p=reject\"]}."
  type        = map(list(string))
  default     = {}

  validation {
    condition     = alltrue([for k, v in var.records : can(regex("^[A-Za-z0-9@._-]+ (A|AAAA|CAA|CNAME|MX|TXT)$", k)) && length(v) > 0])
    error_message = "records must be named as \"name TYPE\", such as \"_dmarc TXT\", with at least one value; @ is the domain itself."
  }
}
