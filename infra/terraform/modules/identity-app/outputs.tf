output "client_id" {
  description = "Client id of the application. Its secret is shown in the console: put it into the vault by hand."
  value       = oci_identity_domains_app.this.name
}

output "issuer" {
  description = "Where the provider is described; the domain names itself as https://identity.oraclecloud.com/ in its tokens."
  value       = trimsuffix(var.domain_url, ":443")
}

output "groups" {
  description = "Names of the groups by role."
  value       = { for k, g in oci_identity_domains_group.this : k => g.display_name }
}
