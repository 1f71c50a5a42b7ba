variable "existing_cluster_id" {
  description = "OCID of a cluster that exists; it must be an enhanced one, with pods in the VCN. Nothing but add-ons is made then. Null to make one."
  type        = string
  default     = null

  validation {
    condition     = var.existing_cluster_id == null ? true : can(regex("^ocid1\\.cluster\\.", var.existing_cluster_id))
    error_message = "existing_cluster_id must be the OCID of a cluster."
  }
}

variable "vcn_id" {
  description = "OCID of the VCN."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.vcn\\.", var.vcn_id))
    error_message = "vcn_id must be the OCID of a VCN."
  }
}

variable "subnet_ids" {
  description = "OCIDs of the subnets edge, api, nodes and pods."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["edge", "api", "nodes", "pods"], keys(var.subnet_ids))) == 0
    error_message = "subnet_ids must name a subnet for each of edge, api, nodes and pods."
  }
}

variable "nsg_ids" {
  description = "OCIDs of the security groups edge, api, nodes and pods."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["edge", "api", "nodes", "pods"], keys(var.nsg_ids))) == 0
    error_message = "nsg_ids must name a security group for each of edge, api, nodes and pods."
  }
}

variable "kms_key_id" {
  description = "OCID of the key that secrets of Kubernetes and disks of nodes are encrypted with."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.key\\.", var.kms_key_id))
    error_message = "kms_key_id must be the OCID of a key."
  }
}

variable "kubernetes_version" {
  description = "Version of Kubernetes, of the cluster and its nodes."
  type        = string
  default     = "v1.33.1"

  validation {
    condition     = can(regex("^v1\\.(2[89]|[3-9][0-9])\\.[0-9]+$", var.kubernetes_version))
    error_message = "kubernetes_version must be v1.28.0 or newer, such as v1.33.1: the native ingress controller needs it."
  }
}

variable "availability_domains" {
  description = "Names of the availability domains to place nodes in; each has a pool of its own, so that the autoscaler can balance them."
  type        = list(string)

  validation {
    condition     = length(var.availability_domains) > 0 && length(distinct(var.availability_domains)) == length(var.availability_domains)
    error_message = "availability_domains must hold at least one name, each once."
  }
}

variable "nodes" {
  description = "Nodes: shape, OCPUs and memory of each, and how few and how many each pool may have."
  type = object({
    shape     = optional(string, "VM.Standard.E5.Flex")
    ocpus     = optional(number, 2)
    memory_gb = optional(number, 16)
    disk_gb   = optional(number, 100)
    min       = optional(number, 1)
    max       = optional(number, 4)
    max_pods  = optional(number, 31)
    image_id  = optional(string)
  })
  default = {}

  validation {
    condition     = var.nodes.min >= 0 && var.nodes.max >= 1 && var.nodes.min <= var.nodes.max && var.nodes.max <= 100
    error_message = "nodes.min must not be above nodes.max, which is between 1 and 100."
  }

  validation {
    condition     = var.nodes.ocpus >= 1 && var.nodes.memory_gb >= 8 && var.nodes.disk_gb >= 50 && var.nodes.max_pods >= 10 && var.nodes.max_pods <= 110
    error_message = "nodes need an OCPU, 8 GB of memory and 50 GB of disk at least, and take 10 to 110 pods."
  }
}

variable "addons" {
  description = "Add-ons to have: ClusterAutoscaler, CertManager, NativeIngressController, KubernetesMetricsServer."
  type        = set(string)
  default     = ["ClusterAutoscaler", "CertManager", "NativeIngressController", "KubernetesMetricsServer"]

  validation {
    condition     = length(setsubtract(var.addons, ["ClusterAutoscaler", "CertManager", "NativeIngressController", "KubernetesMetricsServer"])) == 0
    error_message = "addons may be ClusterAutoscaler, CertManager, NativeIngressController and KubernetesMetricsServer."
  }

  validation {
    condition     = !contains(var.addons, "NativeIngressController") || contains(var.addons, "CertManager")
    error_message = "The add-on NativeIngressController needs CertManager."
  }
}

variable "signed_images" {
  description = "OCIDs of keys; only images signed with one of them run. Empty for any image."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for k in var.signed_images : can(regex("^ocid1\\.key\\.", k))])
    error_message = "signed_images must be OCIDs of keys."
  }
}
