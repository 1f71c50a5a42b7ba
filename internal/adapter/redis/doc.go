// Package redis is the shared.Cache in a Redis server or cluster, 7.0 or later.
// Every operation touches one key, so that it runs on any cluster, and ends
// within a time-out. A server that fails is left alone for a while: values are
// not found then, requests are counted in this process, and versions stay what
// they were, except for changes that this process makes itself; those are told
// to the server when it is back. It imports shared.
package redis
