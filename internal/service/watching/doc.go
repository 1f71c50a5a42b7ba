// Package watching reads the program's own metrics for people who are elsewhere:
// it tells a monitoring service the numbers of a table, and operators what needs
// them. The registry of Prometheus stays the one truth.
package watching
