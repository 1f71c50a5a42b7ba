variable "tenancy_id" {
  description = "OCID of the tenancy."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.tenancy\\.", var.tenancy_id))
    error_message = "tenancy_id must be the OCID of a tenancy, such as ocid1.tenancy.oc1..aaaa."
  }
}

variable "compartment_id" {
  description = "OCID of the shop's compartment: the output shop_compartment_id of the stack global."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.compartment\\.", var.compartment_id))
    error_message = "compartment_id must be the OCID of a compartment: the output shop_compartment_id of the stack global."
  }
}

variable "name" {
  description = "What the parts of this shop are called."
  type        = string
  default     = "tradewind"
}

variable "environment" {
  description = "dev, staging or prod."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "region" {
  description = "Region, such as us-ashburn-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+-[0-9]+$", var.region))
    error_message = "region must be a region such as us-ashburn-1."
  }
}

variable "region_keys" {
  description = "Keys of regions in names; add yours."
  type        = map(string)
  default = {
    "us-ashburn-1"   = "iad", "us-phoenix-1" = "phx", "us-sanjose-1" = "sjc", "us-chicago-1" = "ord", "ca-toronto-1" = "yyz", "ca-montreal-1" = "yul"
    "eu-frankfurt-1" = "fra", "eu-amsterdam-1" = "ams", "eu-zurich-1" = "zrh", "eu-paris-1" = "cdg", "eu-madrid-1" = "mad", "eu-milan-1" = "lin", "eu-stockholm-1" = "arn"
    "uk-london-1"    = "lhr", "uk-cardiff-1" = "cwl", "ap-tokyo-1" = "nrt", "ap-osaka-1" = "kix", "ap-seoul-1" = "icn", "ap-singapore-1" = "sin"
    "ap-sydney-1"    = "syd", "ap-melbourne-1" = "mel", "ap-mumbai-1" = "bom", "ap-hyderabad-1" = "hyd", "sa-saopaulo-1" = "gru", "sa-santiago-1" = "scl", "me-dubai-1" = "dxb"
  }

  validation {
    condition     = contains(keys(var.region_keys), var.region)
    error_message = "region_keys must have a key for the region: add it, such as \"eu-frankfurt-1\" = \"fra\"."
  }
}

variable "role" {
  description = "primary or standby: what this region is when it is made."
  type        = string
  default     = "primary"

  validation {
    condition     = contains(["primary", "standby"], var.role)
    error_message = "role must be primary or standby."
  }
}

variable "peer" {
  description = "The other region. Its outputs go here as they come to be: see infra/terraform/README.md. Null for a shop in one region."
  type = object({
    region         = string
    cidr           = string
    rpc_id         = optional(string) # on the standby: the primary's, to join
    vault_id       = optional(string) # on the primary: the standby's, to copy secrets to
    secrets_key_id = optional(string)
    buckets        = optional(bool, false) # on the primary: whether the standby's buckets are there
    database_id    = optional(string)      # on the standby: the primary's
    dr_group_id    = optional(string)      # on the primary: the standby's
    cluster_id     = optional(string)
    secrets        = optional(map(string), {}) # on the standby: secrets of the primary's output oke, whose copies it reads
  })
  default = null

  validation {
    condition     = var.peer == null ? true : var.peer.region != var.region && contains(keys(var.region_keys), var.peer.region)
    error_message = "peer.region must be a region of region_keys, other than this one."
  }

  validation {
    condition     = var.peer == null ? true : var.peer.cidr != var.network.cidr
    error_message = "peer.cidr must be other addresses than network.cidr: the two are routed to each other."
  }

  validation {
    condition     = var.role == "primary" || try(can(regex("^ocid1\\.autonomousdatabase\\.", var.peer.database_id)), false)
    error_message = "The standby needs peer.database_id, the output database_id of the primary's region."
  }

  validation {
    condition     = var.peer == null ? true : (var.peer.vault_id == null) == (var.peer.secrets_key_id == null)
    error_message = "peer.vault_id and peer.secrets_key_id belong together: both are outputs of the standby's region."
  }
}

variable "network" {
  description = "Addresses of the VCN, or a VCN that exists, and where pods may go on the internet."
  type = object({
    cidr     = optional(string, "10.10.0.0/16")
    existing = optional(object({ vcn_id = string, subnet_ids = map(string) }))
    egress   = optional(list(string), ["0.0.0.0/0"])
  })
  default = {}
}

variable "shop" {
  description = "Public address of the shop, and its certificate (edge module)."
  type = object({
    host      = string
    authority = optional(string)
    cert_id   = optional(string)
    lb_owner  = optional(string, "ingress")
  })

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.shop.host)) && contains(["ingress", "terraform"], var.shop.lb_owner)
    error_message = "shop.host must be a host name such as shop.example.com, and shop.lb_owner ingress or terraform."
  }

  validation {
    condition     = (var.shop.cert_id == null) != (var.shop.authority == null)
    error_message = "shop needs a certificate: cert_id, the OCID of one that exists, or authority, the OCID of the authority that is to issue it."
  }
}

variable "database" {
  description = "The database: size, backups, or one that exists (atp module)."
  type = object({
    existing_id = optional(string)
    free        = optional(bool, false)
    free_from   = optional(set(string), [])
    ecpus       = optional(number, 4)
    storage_gb  = optional(number, 100)
    version     = optional(string, "23ai")
    license     = optional(string, "LICENSE_INCLUDED")
    backup_days = optional(number, 60)
    long_term   = optional(object({ every = optional(string, "MONTHLY"), at = string, days = optional(number, 400) }))
  })
  default = {}
}

variable "cluster" {
  description = "The cluster: nodes, version, or one that exists (oke module). Each availability domain has a pool of nodes."
  type = object({
    existing_id   = optional(string)
    version       = optional(string, "v1.33.1")
    domains       = optional(list(string)) # names of availability domains; all unless given
    domain_count  = optional(number)       # the first so many of them
    nodes         = optional(object({ shape = optional(string, "VM.Standard.E5.Flex"), ocpus = optional(number, 2), memory_gb = optional(number, 16), min = optional(number, 1), max = optional(number, 4), image_id = optional(string) }), {})
    addons        = optional(set(string), ["ClusterAutoscaler", "CertManager", "NativeIngressController", "KubernetesMetricsServer"])
    signed_images = optional(list(string), [])
  })
  default = {}

  validation {
    condition     = var.cluster.domain_count == null ? true : var.cluster.domain_count >= 1 && floor(var.cluster.domain_count) == var.cluster.domain_count
    error_message = "cluster.domain_count must be a whole number of at least 1, or null for all availability domains."
  }
}

variable "vault" {
  description = "The vault: one that exists, or what kind."
  type = object({
    existing = optional(object({ id = string, management_endpoint = string }))
    private  = optional(bool, false)
    hsm      = optional(bool, true)
  })
  default = {}
}

variable "cache" {
  description = "The cache (cache module). Null for none: each process remembers for itself."
  type = object({
    nodes     = optional(number, 3)
    memory_gb = optional(number, 4)
    engine    = optional(string, "VALKEY_7_2")
    users     = optional(map(object({ password_sha256 = string })), {})
  })
  default = {}
}

variable "search" {
  description = "The OpenSearch cluster (search module). Null for none: the database searches."
  type = object({
    version    = optional(string, "2.19.1")
    data       = optional(object({ nodes = optional(number, 3), ocpus = optional(number, 1), memory_gb = optional(number, 16), storage_gb = optional(number, 50) }), {})
    leaders    = optional(object({ nodes = optional(number, 3), ocpus = optional(number, 1), memory_gb = optional(number, 16) }), {})
    dashboards = optional(number, 1)
  })
  default = {}
}

variable "events" {
  description = "Queue and stream: partitions of the stream. Null for none: both are in the database."
  type        = object({ partitions = optional(number, 3) })
  default     = {}
}

variable "bastion_from" {
  description = "Networks of operators; empty for no bastion."
  type        = list(string)
  default     = []
}

variable "waf" {
  description = "The firewall (waf module)."
  type = object({
    networks   = optional(list(string), [])
    countries  = optional(list(string), [])
    admin_from = optional(list(string), [])
    observe    = optional(bool, false)
  })
  default = {}
}

variable "notify" {
  description = "Who hears of what: mail addresses and HTTPS addresses by topic (page, ticket, info)."
  type        = map(object({ emails = optional(list(string), []), https = optional(list(string), []) }))
  default     = { page = {}, ticket = {}, info = {} }
}

variable "logs_days" {
  description = "For how many days logs are kept: 30, 60, 90, 120, 150 or 180."
  type        = number
  default     = 90
}

variable "apm" {
  description = "Domain for traces."
  type        = object({ enabled = optional(bool, true), free = optional(bool, false) })
  default     = {}
}

variable "mail" {
  description = "Domain and senders of mails (email module). Null for none."
  type        = object({ domain = string, senders = set(string) })
  default     = null
}

variable "analytics" {
  description = "Oracle Analytics Cloud (analytics module): the identity domain of its users. Null for none."
  type        = object({ domain_id = string, capacity = optional(number, 1), license = optional(string, "LICENSE_INCLUDED") })
  default     = null
}

variable "dr" {
  description = "Whether the region is in a DR protection group."
  type = object({
    enabled      = optional(bool, false)
    disassociate = optional(number, 0)
  })
  default = {}

  validation {
    condition     = !var.dr.enabled || var.peer != null
    error_message = "dr.enabled needs a peer: a group is for two regions."
  }
}

variable "freeform_tags" {
  description = "Tags on everything."
  type        = map(string)
  default     = {}
}

variable "defined_tags" {
  description = "Tags of namespaces on everything."
  type        = map(string)
  default     = {}
}
