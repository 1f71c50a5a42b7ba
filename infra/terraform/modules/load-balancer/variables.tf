variable "subnet_id" {
  description = "OCID of the public subnet of the edge."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.subnet\\.", var.subnet_id))
    error_message = "subnet_id must be the OCID of a subnet."
  }
}

variable "nsg_ids" {
  description = "OCIDs of the security groups of the edge."
  type        = set(string)

  validation {
    condition     = length(var.nsg_ids) > 0
    error_message = "nsg_ids must hold one security group at least: the subnet lets nothing in by itself."
  }
}

variable "public_ip_id" {
  description = "OCID of the reserved address."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.publicip\\.", var.public_ip_id))
    error_message = "public_ip_id must be the OCID of a public address."
  }
}

variable "certificate_id" {
  description = "OCID of the certificate of TLS."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.certificate\\.", var.certificate_id))
    error_message = "certificate_id must be the OCID of a certificate."
  }
}

variable "mbps" {
  description = "Bandwidth: from, and to."
  type = object({
    min = optional(number, 10)
    max = optional(number, 1000)
  })
  default = {}

  validation {
    condition     = var.mbps.min >= 10 && var.mbps.max <= 8000 && var.mbps.min <= var.mbps.max
    error_message = "mbps.min must be 10 or more, mbps.max 8000 or less, and not below it."
  }
}
