package opensearch

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"runtime/debug"
)

// m is an object of JSON.
type m = map[string]any

// layout ends the names of indexes of this mapping: raise it whenever the
// mapping or the analysis changes. A release with another layout builds an index
// of its own, and the one before goes on with its own until it is gone.
const layout = "v1"

// weights are what a word in each field is worth, the same as in the embedded engine.
var weights = []string{"text.title^8", "text.sku^6", "text.brand^4", "text.description^2", "text.attributes^1"}

// settings and mapping of an index. One shard makes every count of a facet
// exact; it holds some millions of products.
func creation() m {
	text := m{"type": "text", "analyzer": "words", "index_prefixes": m{"min_chars": 2, "max_chars": 6}}
	key := m{"type": "keyword", "ignore_above": 8000}
	return m{
		"settings": m{
			"number_of_shards": 1, "auto_expand_replicas": "0-1",
			"analysis": m{
				"char_filter": m{"marks": m{"type": "pattern_replace", "pattern": `[\u0300-\u036f]+`, "replacement": ""}},
				"tokenizer":   m{"parts": m{"type": "pattern", "pattern": `[^\p{L}\p{M}\p{N}]+`}},
				"filter":      m{"short": m{"type": "truncate", "length": 100}},
				"analyzer": m{
					"words":  m{"type": "custom", "char_filter": []string{"marks"}, "tokenizer": "parts", "filter": []string{"lowercase", "asciifolding", "short", "porter_stem"}},
					"folded": m{"type": "custom", "char_filter": []string{"marks"}, "tokenizer": "parts", "filter": []string{"lowercase", "asciifolding", "short"}},
				},
			},
		},
		"mappings": m{
			"dynamic": "strict",
			"dynamic_templates": []m{
				{"prices": m{"path_match": "price.*", "mapping": m{"type": "long"}}},
			},
			"properties": m{
				"id": m{"type": "keyword"}, "version": m{"type": "long"}, "gone": m{"type": "boolean"},
				"text":  m{"properties": m{"title": text, "sku": text, "brand": text, "description": text, "attributes": text}},
				"codes": key, "brand": key, "categories": key, "category_titles": key, "facets": key, "facts": key,
				"price":   m{"type": "object", "dynamic": true},
				"stocked": m{"type": "boolean"}, "created": m{"type": "long"},
				"card": m{"type": "object", "enabled": false},
			},
		},
	}
}

// edition tells how a program makes an index and what it writes there: one that
// was begun by another edition is not gone on with.
func edition() string {
	h := sha256.New()
	json.NewEncoder(h).Encode(creation()) // of plain types: cannot fail
	if build, ok := debug.ReadBuildInfo(); ok {
		h.Write([]byte(build.Main.Version))
		for _, s := range build.Settings {
			if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
				h.Write([]byte("\x00" + s.Value))
			}
		}
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}
