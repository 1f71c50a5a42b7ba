package user

import (
	"bytes"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"tradewind/internal/platform/fault"
)

// The bounds of a password in characters (NIST SP 800-63B, 5.1.1.2).
const (
	MinPassword = 8
	MaxPassword = 128
)

// KDF is how a password is made into a hash with Argon2id.
type KDF struct {
	MemoryKiB, Passes uint32
	Lanes             uint8
}

// StandardKDF is OWASP's first choice for Argon2id (Password Storage Cheat
// Sheet): 19 MiB, two passes, one lane. It fits into the memory of a small
// machine, where the 64 MiB of RFC 9106 times a few sign-ins would not.
var StandardKDF = KDF{MemoryKiB: 19 * 1024, Passes: 2, Lanes: 1}

const (
	saltBytes = 16 // RFC 9106, 3.1
	hashBytes = 32
)

// Salt is the number of random bytes that Hash wants.
const Salt = saltBytes

// Hash makes what is kept of a password, with the parameters in it, in the form
// of the reference implementation: $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func (k KDF) Hash(password string, salt []byte) string {
	sum := argon2.IDKey(normal(password), salt, k.Passes, k.MemoryKiB, k.Lanes, hashBytes)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("%s%s$%s", k.prefix(), b64(salt), b64(sum))
}

func (k KDF) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, k.MemoryKiB, k.Passes, k.Lanes)
}

// Made reports whether the hash was made with k; if not, make a new one at the
// next chance.
func (k KDF) Made(hash string) bool { return strings.HasPrefix(hash, k.prefix()) }

// Matches reports whether password makes hash. What is no hash matches nothing.
func Matches(password, hash string) bool {
	parts := strings.Split(hash, "$") // "", argon2id, v, parameters, salt, sum
	var k KDF
	var version int
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &k.MemoryKiB, &k.Passes, &k.Lanes); err != nil || version != argon2.Version || k.Passes < 1 || k.Lanes < 1 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) != hashBytes {
		return false
	}
	got := argon2.IDKey(normal(password), salt, k.Passes, k.MemoryKiB, k.Lanes, hashBytes)
	return subtle.ConstantTimeCompare(got, want) == 1
}

// normal makes the same password of what different keyboards send (NIST SP
// 800-63B, 5.1.1.2, asks for NFKC or NFKD; NFC keeps what people see as different apart).
func normal(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

//go:embed common_passwords.txt
var commonText []byte

// common holds the passwords that are tried first by whoever guesses, in lower case.
var common = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for line := range bytes.Lines(commonText) {
		all[string(bytes.TrimSpace(line))] = true
	}
	return all
})

// CheckPassword refuses a password that is too short, too long, easily guessed
// or the e-mail address itself. No mix of kinds of characters is asked for
// (NIST SP 800-63B, 5.1.1.2). The code of the error is "weak-password".
func CheckPassword(field, password, email string) error {
	plain := string(normal(password))
	n := utf8.RuneCountInString(plain)
	local, _, _ := strings.Cut(email, "@")
	lower := strings.ToLower(plain)
	switch {
	case !utf8.ValidString(password):
		return fault.Field("weak-password", field, "it is not valid UTF-8")
	case n < MinPassword:
		return fault.Field("weak-password", field, "it has %d characters; at least %d are needed", n, MinPassword)
	case n > MaxPassword:
		return fault.Field("weak-password", field, "it has %d characters; at most %d are possible", n, MaxPassword)
	case strings.EqualFold(plain, email) || strings.EqualFold(plain, local):
		return fault.Field("weak-password", field, "it is the e-mail address; choose something else")
	case common()[lower] || strings.Count(plain, plain[:1]) == len(plain):
		return fault.Field("weak-password", field, "it is among the first that others would guess; choose something longer, such as four words")
	}
	return nil
}
