output "id" {
  description = "OCID of the cluster."
  value       = oci_opensearch_opensearch_cluster.this.id
}

output "url" {
  description = "Address of the cluster, TLS: the setting opensearch.url."
  value       = "https://${oci_opensearch_opensearch_cluster.this.opensearch_fqdn}:9200"
}
