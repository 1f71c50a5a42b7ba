variable "domain" {
  description = "Domain that mails come from, such as example.com."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain must be a domain such as example.com."
  }
}

variable "senders" {
  description = "Addresses that mails come from; of the domain."
  type        = set(string)

  validation {
    condition     = length(var.senders) > 0 && alltrue([for s in var.senders : endswith(s, "@${var.domain}")])
    error_message = "senders must be addresses of the domain, at least one, such as shop@example.com."
  }
}
