// Package httpapi is where HTTP comes in: routes, decoding, encoding, problem
// documents and middleware, one file per resource. It may import services,
// stores and domains; status codes and JSON shapes live here and nowhere else.
package httpapi
