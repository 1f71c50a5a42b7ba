// Package mailfolder is the embedded notify.Mailer: it writes every message as
// an .eml file (RFC 5322) into a folder, for a shop that has no mail server and
// for tests that want to read what was sent. It imports notify and fault.
package mailfolder
