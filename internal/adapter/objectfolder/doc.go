// Package objectfolder is the embedded object.Store: a folder on this machine,
// for a shop without an object store elsewhere. It serves its own signed URLs.
// It imports object, fault and token.
package objectfolder
