output "policy_id" {
  description = "OCID of the policy; the ingress class names it."
  value       = oci_waf_web_app_firewall_policy.this.id
}

output "firewall_id" {
  description = "OCID of the firewall; null where the ingress controller makes it."
  value       = one([for f in oci_waf_web_app_firewall.this : f.id])
}
