// Package api holds the contract of the shop's HTTP interface. It imports nothing.
package api

import _ "embed"

// OpenAPI is openapi.yaml.
//
//go:embed openapi.yaml
var OpenAPI []byte
