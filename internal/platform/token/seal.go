package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// Seal encrypts what has to be kept and must not be read in the database, with a
// key of its purpose (AES-256-GCM). It opens only for the same purpose and owner.
func (m Maker) Seal(purpose, owner string, secret []byte) ([]byte, error) {
	aead, err := m.aead(purpose)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails: it ends the program instead
	return aead.Seal(nonce, nonce, secret, []byte(owner)), nil
}

// Open returns what Seal was given.
func (m Maker) Open(purpose, owner string, sealed []byte) ([]byte, error) {
	aead, err := m.aead(purpose)
	if err != nil {
		return nil, err
	}
	n := aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("what was sealed is too short")
	}
	secret, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(owner))
	if err != nil {
		return nil, fmt.Errorf("what was sealed cannot be read; was token.secret changed? %w", err)
	}
	return secret, nil
}

func (m Maker) aead(purpose string) (cipher.AEAD, error) {
	block, err := aes.NewCipher(m.Key(purpose))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
