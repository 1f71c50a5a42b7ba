variable "role" {
  description = "PRIMARY or STANDBY: what this group is when it is made. Later a DR plan changes it."
  type        = string

  validation {
    condition     = contains(["PRIMARY", "STANDBY"], var.role)
    error_message = "role must be PRIMARY or STANDBY."
  }
}

variable "log" {
  description = "Bucket for the logs of plans, and its namespace."
  type = object({
    namespace = string
    bucket    = string
  })
}

variable "peer" {
  description = "The other region's group and its region. Given on one side only: on the PRIMARY."
  type = object({
    group_id = string
    region   = string
  })
  default = null

  validation {
    condition     = var.peer == null ? true : can(regex("^ocid1\\.drprotectiongroup\\.", var.peer.group_id)) && can(regex("^[a-z]+-[a-z]+-[0-9]+$", var.peer.region))
    error_message = "peer needs the OCID of a DR protection group and a region such as us-phoenix-1."
  }

  validation {
    condition     = var.peer == null || var.role == "PRIMARY"
    error_message = "peer belongs to the PRIMARY: the association is made from one side."
  }
}

variable "database_id" {
  description = "OCID of this region's autonomous database."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.autonomousdatabase\\.", var.database_id))
    error_message = "database_id must be the OCID of an autonomous database."
  }
}

variable "cluster" {
  description = "This region's cluster, the other region's, and the node pools that are made larger here: their fewest and most nodes after a failover."
  type = object({
    id      = string
    peer_id = string
    pools   = optional(map(object({ min = number, max = number })), {})
    bucket  = string
  })
  default = null

  validation {
    condition     = var.cluster == null ? true : can(regex("^ocid1\\.cluster\\.", var.cluster.id)) && can(regex("^ocid1\\.cluster\\.", var.cluster.peer_id)) && alltrue([for p in var.cluster.pools : p.min <= p.max])
    error_message = "cluster needs the OCIDs of two clusters, and pools whose min is not above max."
  }
}

variable "plans" {
  description = "Kinds of plans to make here, on the side that is STANDBY; they run where the shop is to go."
  type        = set(string)
  default     = ["SWITCHOVER", "FAILOVER", "START_DRILL", "STOP_DRILL"]

  validation {
    condition     = length(setsubtract(var.plans, ["SWITCHOVER", "FAILOVER", "START_DRILL", "STOP_DRILL"])) == 0
    error_message = "plans may be SWITCHOVER, FAILOVER, START_DRILL and STOP_DRILL."
  }
}

variable "disassociate" {
  description = "Raise this by one, and apply, before the groups are destroyed: see the runbook destroy-environment."
  type        = number
  default     = 0

  validation {
    condition     = var.disassociate >= 0 && floor(var.disassociate) == var.disassociate
    error_message = "disassociate must be a whole number."
  }
}
