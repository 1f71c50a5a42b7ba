// Package illustrating takes pictures and films of products: it looks at their
// bytes, makes what pages show, keeps both in the object store and removes what
// no product names any more. It imports media, object, fault and store.
package illustrating
