output "zone_id" {
  description = "OCID of the zone."
  value       = local.zone_id
}

output "host" {
  description = "Host name of the shop."
  value       = local.fqdn
}

output "nameservers" {
  description = "Name servers that the registrar of the domain must name; empty for a zone that existed."
  value       = flatten([for z in oci_dns_zone.this : z.nameservers[*].hostname])
}
