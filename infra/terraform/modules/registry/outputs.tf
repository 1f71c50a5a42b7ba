output "repository_ids" {
  description = "OCIDs of the repositories by name."
  value       = { for k, r in oci_artifacts_container_repository.this : k => r.id }
}

output "repository_names" {
  description = "Names of the repositories in the registry, by name here."
  value       = { for k, r in oci_artifacts_container_repository.this : k => r.display_name }
}
