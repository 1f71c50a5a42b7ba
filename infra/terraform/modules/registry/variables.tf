variable "repositories" {
  description = "Repositories of images."
  type        = set(string)
  default     = ["tradewind"]

  validation {
    condition     = length(var.repositories) > 0 && alltrue([for r in var.repositories : can(regex("^[a-z0-9][a-z0-9/_-]{1,100}$", r))])
    error_message = "repositories must be names of lower-case letters, digits, hyphens, underscores and slashes, at least one."
  }
}

variable "scan" {
  description = "Whether images are scanned for vulnerabilities."
  type        = bool
  default     = true
}
