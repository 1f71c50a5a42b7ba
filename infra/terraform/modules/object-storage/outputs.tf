output "bucket_names" {
  description = "Names of the buckets by purpose."
  value       = { for k, b in oci_objectstorage_bucket.this : k => b.name }
}
