// Package notifications is the notify.Alerts that publishes to a topic of OCI
// Notifications.
package notifications
