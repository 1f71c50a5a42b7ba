locals {
  found = local.made ? oci_database_autonomous_database.this["db"] : data.oci_database_autonomous_database.existing["db"]
}

output "id" {
  description = "OCID of the database."
  value       = local.id
}

output "host" {
  description = "Host name of the database's endpoint."
  value       = local.private ? local.found.private_endpoint : local.found.public_endpoint
}

output "port" {
  description = "Port: 1521 without a wallet, 1522 with one."
  value       = var.mtls ? 1522 : 1521
}

output "services" {
  description = "Connect descriptors by service: low, medium, high, tp, tpurgent. The shop uses tp."
  value       = { for p in try(local.found.connection_strings[0].profiles, []) : lower(p.consumer_group) => p.value if p.protocol == "TCPS" && p.tls_authentication == (var.mtls ? "MUTUAL" : "SERVER") }
}
