output "log_group_id" {
  description = "OCID of the log group."
  value       = oci_logging_log_group.this.id
}

output "shop_log_id" {
  description = "OCID of the log of what the program writes."
  value       = oci_logging_log.shop.id
}
