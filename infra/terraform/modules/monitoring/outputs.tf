output "alarm_ids" {
  description = "OCIDs of the alarms by name."
  value       = { for k, a in oci_monitoring_alarm.this : k => a.id }
}

output "apm_endpoint" {
  description = "Where traces are sent to; the setting trace.endpoint is made of it. Null without a domain."
  value       = one([for d in oci_apm_apm_domain.this : d.data_upload_endpoint])
}
