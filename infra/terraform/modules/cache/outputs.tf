output "id" {
  description = "OCID of the cluster."
  value       = oci_redis_redis_cluster.this.id
}

output "address" {
  description = "host:port of the primary, TLS: the setting redis.addr."
  value       = "${oci_redis_redis_cluster.this.primary_fqdn}:6379"
}
