output "topic_ids" {
  description = "OCIDs of the topics by name; page is the setting oci.notifications.topic."
  value       = { for k, t in oci_ons_notification_topic.this : k => t.topic_id }
}
