variable "certificate" {
  description = "TLS certificate: existing_id for one that is in the Certificates service; else it is issued by the certificate authority authority_id for hosts."
  type = object({
    existing_id  = optional(string)
    authority_id = optional(string)
    hosts        = optional(list(string), [])
  })

  validation {
    condition     = (var.certificate.existing_id == null) != (var.certificate.authority_id == null)
    error_message = "certificate needs one of existing_id and authority_id."
  }

  validation {
    condition     = var.certificate.existing_id == null ? length(var.certificate.hosts) > 0 && alltrue([for h in var.certificate.hosts : can(regex("^(\\*\\.)?([a-z0-9-]+\\.)+[a-z]{2,}$", h))]) : can(regex("^ocid1\\.certificate\\.", var.certificate.existing_id))
    error_message = "certificate.hosts must be host names such as shop.example.com, and existing_id the OCID of a certificate."
  }
}
