// Package app puts the program together: configuration, modules, the order in
// which they start and stop. It is the only package that knows everyone; nobody
// imports it but cmd.
package app
