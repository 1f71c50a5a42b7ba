output "url" {
  description = "Address of the instance, within the VCN."
  value       = oci_analytics_analytics_instance.this.service_url
}
