variable "tenancy_ocid" {
  description = "OCID of the tenancy. Resource Manager fills it in."
  type        = string
}

variable "compartment_ocid" {
  description = "OCID of the compartment that the shop is made in. Resource Manager fills it in."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.compartment\\.", var.compartment_ocid))
    error_message = "Choose a compartment for the stack, not the root of the tenancy."
  }
}

variable "region" {
  description = "Region. Resource Manager fills it in."
  type        = string
}

variable "environment" {
  description = "dev, staging or prod."
  type        = string
  default     = "dev"
}

variable "size" {
  description = "free: Always Free where there is such; standard: a private database and what is chosen below."
  type        = string
  default     = "standard"

  validation {
    condition     = contains(["free", "standard"], var.size)
    error_message = "size must be free or standard."
  }
}

variable "host" {
  description = "Host name of the shop, such as shop.example.com."
  type        = string
}

variable "certificate_id" {
  description = "OCID of a certificate for the host in the service Certificates; empty to have one issued by authority_id."
  type        = string
  default     = ""
}

variable "authority_id" {
  description = "OCID of the certificate authority that issues one, if there is none."
  type        = string
  default     = ""
}

variable "email" {
  description = "Who hears of alarms and of the budget."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", var.email))
    error_message = "email must be a mail address, such as ops@example.com."
  }
}

variable "monthly_budget" {
  description = "What a month may cost, in the tenancy's currency; 0 for no budget."
  type        = number
  default     = 0

  validation {
    condition     = var.monthly_budget >= 0 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget must be a whole number, or 0 for no budget."
  }
}

variable "database_id" {
  description = "OCID of an Autonomous Database that exists; empty to make one."
  type        = string
  default     = ""
}

variable "database_ecpus" {
  description = "ECPUs of the database."
  type        = number
  default     = 4
}

variable "database_storage_gb" {
  description = "Storage of the database in GB."
  type        = number
  default     = 100
}

variable "database_from" {
  description = "Addresses that may reach a free database, with commas between: it has no private endpoint. That of the NAT gateway is known after the first apply."
  type        = string
  default     = ""
}

variable "kubernetes_version" {
  description = "Version of Kubernetes."
  type        = string
  default     = "v1.33.1"
}

variable "node_shape" {
  description = "Shape of the nodes."
  type        = string
  default     = "VM.Standard.E5.Flex"
}

variable "node_ocpus" {
  description = "OCPUs of a node."
  type        = number
  default     = 2
}

variable "node_memory_gb" {
  description = "Memory of a node in GB."
  type        = number
  default     = 16
}

variable "nodes_max" {
  description = "Nodes that there may be in each availability domain."
  type        = number
  default     = 4
}

variable "cache" {
  description = "Whether there is a cache."
  type        = bool
  default     = true
}

variable "search" {
  description = "Whether there is an OpenSearch cluster; the database searches otherwise."
  type        = bool
  default     = true
}

variable "events" {
  description = "Whether there are a queue and a stream; both are in the database otherwise."
  type        = bool
  default     = true
}

variable "vcn_cidr" {
  description = "Addresses of the network."
  type        = string
  default     = "10.10.0.0/16"
}

variable "bastion_from" {
  description = "Networks of operators with commas between, such as 203.0.113.0/24; empty for no bastion."
  type        = string
  default     = ""
}

variable "logs_days" {
  description = "For how many days logs are kept."
  type        = string
  default     = "90"
}
