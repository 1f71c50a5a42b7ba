variable "capacity" {
  description = "OCPUs of the instance."
  type        = number
  default     = 1

  validation {
    condition     = contains([1, 2, 4, 6, 8, 10, 12], var.capacity)
    error_message = "capacity must be 1, 2, 4, 6, 8, 10 or 12."
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

variable "domain_id" {
  description = "OCID of the identity domain whose people may use it."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.domain\\.", var.domain_id))
    error_message = "domain_id must be the OCID of an identity domain."
  }
}

variable "kms_key_id" {
  description = "OCID of the key that it is encrypted with."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.key\\.", var.kms_key_id))
    error_message = "kms_key_id must be the OCID of a key."
  }
}

variable "network" {
  description = "VCN, private subnet, security groups, and the DNS zones of the database that are reached from there."
  type = object({
    vcn_id    = string
    subnet_id = string
    nsg_ids   = set(string)
    zones     = list(string)
  })

  validation {
    condition     = can(regex("^ocid1\\.vcn\\.", var.network.vcn_id)) && can(regex("^ocid1\\.subnet\\.", var.network.subnet_id)) && length(var.network.nsg_ids) > 0 && length(var.network.zones) > 0
    error_message = "network needs the OCIDs of a VCN and a subnet, a security group, and a DNS zone such as adb.us-ashburn-1.oraclecloud.com."
  }
}
