// Package api holds the contract of the shop's HTTP interface and the schemas of
// the facts that it tells. It imports nothing of ours.
package api

import (
	"embed"
)

// OpenAPI is openapi.yaml.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Events are the schemas of facts, a file for each type and version.
//
//go:embed events
var Events embed.FS
