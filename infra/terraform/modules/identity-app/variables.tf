variable "domain_url" {
  description = "Address of the identity domain, without a path: its issuer's endpoint."
  type        = string

  validation {
    condition     = can(regex("^https://[a-z0-9.-]+(:443)?$", var.domain_url))
    error_message = "domain_url must be the address of an identity domain, such as https://idcs-aaaa.identity.oraclecloud.com:443."
  }
}

variable "shop_url" {
  description = "Public address of the shop, such as https://shop.example.com."
  type        = string

  validation {
    condition     = can(regex("^https://[a-z0-9.-]+(:[0-9]+)?$", var.shop_url))
    error_message = "shop_url must begin with https:// and have no path."
  }
}

variable "door" {
  description = "staff or customers: who signs in by it."
  type        = string
  default     = "staff"

  validation {
    condition     = contains(["staff", "customers"], var.door)
    error_message = "door must be staff or customers."
  }
}

variable "groups" {
  description = "Groups to make, whose names are roles of the shop; only their members may use the application. Empty for customers."
  type        = map(string)
  default     = { owner = "may do everything", manager = "runs the shop", support = "helps customers", warehouse = "picks, packs and counts" }

  validation {
    condition     = alltrue([for g in keys(var.groups) : can(regex("^[a-z][a-z0-9-]{1,30}$", g))])
    error_message = "groups must have names of lower-case letters, digits and hyphens."
  }
}

variable "active" {
  description = "Whether the application can be used. Make it false, and apply, before it is destroyed."
  type        = bool
  default     = true
}
