output "id" {
  description = "OCID of the load balancer."
  value       = oci_load_balancer_load_balancer.this.id
}

output "backend_set" {
  description = "Name of the set of backends."
  value       = oci_load_balancer_backend_set.shop.name
}
