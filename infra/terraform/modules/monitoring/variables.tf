variable "topic_ids" {
  description = "OCIDs of the topics page and ticket."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["page", "ticket"], keys(var.topic_ids))) == 0
    error_message = "topic_ids must name a topic for page and one for ticket."
  }
}

variable "runbooks" {
  description = "Where runbooks are; the name of each alarm's is added."
  type        = string
  default     = "https://github.com/tradewind/tradewind/blob/main/docs/runbooks/"

  validation {
    condition     = can(regex("^https://.*/$", var.runbooks))
    error_message = "runbooks must be an address that begins with https:// and ends with /."
  }
}

variable "alarms" {
  description = "Alarms by name: namespace, query in MQL, severity (CRITICAL wakes somebody), how long it must be true, runbook, and what it means."
  type = map(object({
    namespace = string
    query     = string
    severity  = optional(string, "WARNING")
    pending   = optional(string, "PT5M")
    runbook   = string
    summary   = string
    enabled   = optional(bool, true)
  }))

  validation {
    condition     = alltrue([for a in var.alarms : contains(["CRITICAL", "ERROR", "WARNING", "INFO"], a.severity)])
    error_message = "severity of alarms must be CRITICAL, ERROR, WARNING or INFO."
  }

  validation {
    condition     = alltrue([for a in var.alarms : can(regex("^[A-Za-z_][A-Za-z0-9_]*\\[[0-9]+[mhd]\\]", a.query))])
    error_message = "query of alarms must begin with a metric and an interval, such as CpuUtilization[1m]."
  }

  validation {
    condition     = alltrue([for a in var.alarms : can(regex("^[a-z0-9-]+$", a.runbook)) && can(regex("^PT[0-9]+[MH]$", a.pending))])
    error_message = "runbook of alarms must be the name of one, and pending a duration such as PT5M."
  }
}

variable "apm" {
  description = "Whether there is an APM domain for traces, and whether it is the free one."
  type = object({
    enabled = optional(bool, true)
    free    = optional(bool, false)
  })
  default = {}
}
