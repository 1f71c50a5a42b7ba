output "streams" {
  description = "OCID and endpoint of each stream by name: the settings oci.stream.id and oci.stream.endpoint."
  value       = { for k, s in oci_streaming_stream.this : k => { id = s.id, endpoint = s.messages_endpoint } }
}

output "connector_ids" {
  description = "OCIDs of the connectors that keep what was in the streams."
  value       = { for k, c in oci_sch_service_connector.archive : k => c.id }
}
