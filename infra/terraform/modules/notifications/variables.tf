variable "topics" {
  description = "Topics by name, with the addresses that hear of what is sent there; each address has to be confirmed by its owner."
  type = map(object({
    emails = optional(list(string), [])
    https  = optional(list(string), [])
  }))
  default = { page = {}, ticket = {}, info = {} }

  validation {
    condition     = length(setsubtract(["page", "ticket", "info"], keys(var.topics))) == 0 && alltrue([for k in keys(var.topics) : can(regex("^[a-z][a-z0-9-]{1,30}$", k))])
    error_message = "topics must hold page, ticket and info; names are of lower-case letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for t in var.topics : alltrue(concat([for e in t.emails : can(regex("^[^@ ]+@[^@ ]+$", e))], [for h in t.https : startswith(h, "https://")]))])
    error_message = "topics must have mail addresses, and addresses that begin with https://."
  }
}

variable "events" {
  description = "Events of Oracle's services that are told to a topic: their types, and the topic."
  type = map(object({
    types = list(string)
    topic = string
  }))
  default = {
    database = { topic = "page", types = ["com.oraclecloud.databaseservice.autonomous.database.critical"] }
    backups  = { topic = "ticket", types = ["com.oraclecloud.databaseservice.autonomous.database.backup.end"] }
    secrets  = { topic = "ticket", types = ["com.oraclecloud.vaultsecretmanagementservice.updatesecret", "com.oraclecloud.vaultsecretmanagementservice.schedulesecretdeletion"] }
    keys     = { topic = "page", types = ["com.oraclecloud.keymanagementservice.schedulekeydeletion", "com.oraclecloud.keymanagementservice.schedulevaultdeletion"] }
    policies = { topic = "ticket", types = ["com.oraclecloud.identitycontrolplane.createpolicy", "com.oraclecloud.identitycontrolplane.updatepolicy", "com.oraclecloud.identitycontrolplane.deletepolicy"] }
    network  = { topic = "ticket", types = ["com.oraclecloud.virtualnetwork.changenetworksecuritygroupcompartment", "com.oraclecloud.virtualnetwork.updatenetworksecuritygroupsecurityrules", "com.oraclecloud.virtualnetwork.updateroutetable", "com.oraclecloud.virtualnetwork.deletevcn"] }
    dr       = { topic = "page", types = ["com.oraclecloud.disasterrecovery.drplanexecution.end"] }
  }

  validation {
    condition     = alltrue([for e in var.events : length(e.types) > 0 && alltrue([for t in e.types : startswith(t, "com.oraclecloud.")])])
    error_message = "events must have types that begin with com.oraclecloud., at least one."
  }

  validation {
    condition     = alltrue([for e in var.events : contains(keys(var.topics), e.topic)])
    error_message = "events must name a topic of topics."
  }
}
