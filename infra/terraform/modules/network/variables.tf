variable "cidr" {
  description = "Addresses of the VCN; a /16 to a /20. No two regions that are to be peered may overlap."
  type        = string
  default     = "10.10.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]), 0) >= 16 && try(tonumber(split("/", var.cidr)[1]), 99) <= 20
    error_message = "cidr must be an IPv4 network between /16 and /20, such as 10.10.0.0/16."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", var.cidr))
    error_message = "cidr must be private (RFC 1918): within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
  }
}

variable "existing" {
  description = "A VCN that exists, with its subnets by role (edge, api, nodes, pods, data, bastion). Only security groups are made in it; routes and gateways are its owner's."
  type = object({
    vcn_id     = string
    subnet_ids = map(string)
  })
  default = null

  validation {
    condition     = var.existing == null ? true : can(regex("^ocid1\\.vcn\\.", var.existing.vcn_id))
    error_message = "existing.vcn_id must be the OCID of a VCN, such as ocid1.vcn.oc1.iad.aaaa."
  }

  validation {
    condition     = var.existing == null ? true : length(setsubtract(["edge", "api", "nodes", "pods", "data", "bastion"], keys(var.existing.subnet_ids))) == 0
    error_message = "existing.subnet_ids must name a subnet for each of edge, api, nodes, pods, data and bastion."
  }
}

variable "egress" {
  description = "Where pods may go on the internet, over TLS: providers of payment, shipping and mail. Everything unless narrowed."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = alltrue([for c in var.egress : can(cidrhost(c, 0))])
    error_message = "egress must be IPv4 networks, such as [\"203.0.113.0/24\"]."
  }
}

variable "peer" {
  description = "The other region: its VCN's addresses, and, on one side only, the peering connection to join and its region. Null for a shop in one region."
  type = object({
    cidr   = string
    rpc_id = optional(string)
    region = optional(string)
  })
  default = null

  validation {
    condition     = var.peer == null ? true : can(cidrhost(var.peer.cidr, 0))
    error_message = "peer.cidr must be the IPv4 network of the other region's VCN, such as 10.20.0.0/16."
  }

  validation {
    condition     = var.peer == null ? true : (var.peer.rpc_id == null) == (var.peer.region == null)
    error_message = "peer.rpc_id and peer.region belong together: give both on the side that joins, neither on the other."
  }

  validation {
    condition     = var.peer == null ? true : var.peer.cidr != var.cidr
    error_message = "peer.cidr must not be the cidr of this region; give the two regions different addresses."
  }
}
