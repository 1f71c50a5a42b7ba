// Package objects is the object.Store on OCI Object Storage. It imports object.
package objects
