variable "kms_key_id" {
  description = "OCID of the key that messages are encrypted with."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.key\\.", var.kms_key_id))
    error_message = "kms_key_id must be the OCID of a key."
  }
}

variable "queues" {
  description = "Queues by name. The shop keeps its channels in one, work. Deliveries must be above its setting queue.max-deliveries (12), and messages kept no longer than worker.keep-done (168 h)."
  type = map(object({
    deliveries      = optional(number, 20)
    retention_hours = optional(number, 168)
    visible_seconds = optional(number, 30)
  }))
  default = { work = {} }

  validation {
    condition     = length(var.queues) > 0 && alltrue([for k, q in var.queues : can(regex("^[a-z][a-z0-9-]{1,30}$", k))])
    error_message = "queues must have names of lower-case letters, digits and hyphens, at least one."
  }

  validation {
    condition     = alltrue([for q in var.queues : q.deliveries > 12 && q.deliveries <= 20])
    error_message = "deliveries must be between 13 and 20: the shop itself gives a job up after 12."
  }

  validation {
    condition     = alltrue([for q in var.queues : q.retention_hours >= 1 && q.retention_hours <= 168])
    error_message = "retention_hours must be between 1 and 168."
  }

  validation {
    condition     = alltrue([for q in var.queues : q.visible_seconds >= 3 && q.visible_seconds <= 43200])
    error_message = "visible_seconds must be between 3 and 43200."
  }
}
