// Package opensearch is the search.Index that an OpenSearch cluster keeps, for
// shops of several processes. It imports search, money, catalog's numbers and
// fault; what it stores can be lost and is then rebuilt.
package opensearch
