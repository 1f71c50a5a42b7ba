output "queues" {
  description = "OCID and endpoint of each queue by name: the settings oci.queue.id and oci.queue.endpoint."
  value       = { for k, q in oci_queue_queue.this : k => { id = q.id, endpoint = q.messages_endpoint } }
}
