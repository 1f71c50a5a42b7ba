// Package integration runs the whole program and speaks HTTP to it. Every
// request and every answer is held against api/openapi.yaml.
package integration
