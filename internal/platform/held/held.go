// Package held keeps a secret that may change while the program runs. It imports
// nothing of ours.
package held

import "sync/atomic"

// Secret is a secret as it is now. It prints as nothing.
type Secret struct{ now atomic.Pointer[string] }

// New holds a secret.
func New(text string) *Secret {
	s := &Secret{}
	s.Set(text)
	return s
}

// Get returns the secret as it is now.
func (s *Secret) Get() string { return *s.now.Load() }

// Set changes it, for all who ask from now on.
func (s *Secret) Set(text string) { s.now.Store(&text) }

// String implements fmt.Stringer.
func (s *Secret) String() string { return "(hidden)" }

// GoString implements fmt.GoStringer.
func (s *Secret) GoString() string { return "(hidden)" }
