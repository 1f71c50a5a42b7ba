package user

import (
	"strings"
	"testing"
	"time"

	"tradewind/internal/platform/fault"
)

var fast = KDF{MemoryKiB: 8, Passes: 1, Lanes: 1}

func TestAPasswordMatchesItsHashAlone(t *testing.T) {
	salt := []byte("0123456789abcdef")
	hash := fast.Hash("correct horse", salt)
	if !Matches("correct horse", hash) {
		t.Errorf("%s does not match its own password", hash)
	}
	if !Matches("cafe\u0301 au lait", fast.Hash("caf\u00e9 au lait", salt)) {
		t.Error("the same letters from another keyboard are another password")
	}
	for _, other := range []string{"", "correct hors", "correct horse ", "Correct horse"} {
		if Matches(other, hash) {
			t.Errorf("%q matches the hash of another password", other)
		}
	}
	for _, junk := range []string{"", "none", "$argon2id$", hash[:len(hash)-1], strings.Replace(hash, "argon2id", "argon2i", 1), strings.Replace(hash, "t=1", "t=0", 1),
		strings.Replace(hash, "p=1", "p=0", 1), strings.Replace(hash, "v=19", "v=16", 1), strings.Replace(hash, "t=1", "t=2", 1)} {
		if Matches("correct horse", junk) {
			t.Errorf("junk matches: %s", junk)
		}
	}
	if !fast.Made(hash) || StandardKDF.Made(hash) {
		t.Error("it is not told apart with what a hash was made")
	}
	if !strings.HasPrefix(StandardKDF.Hash("x", salt), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error("the standard is another one than OWASP's")
	}
}

// The reference implementation's own test vector (phc-winner-argon2, test.c:
// version 0x13, t=2, m=2^16, p=1, "password", "somesalt").
func TestHashesAreThoseOfArgon2id(t *testing.T) {
	const want = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if got := (KDF{MemoryKiB: 65536, Passes: 2, Lanes: 1}).Hash("password", []byte("somesalt")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPasswordsThatAreTakenAndNot(t *testing.T) {
	for password, ok := range map[string]bool{
		"correct horse battery":            true,
		"Tr0ub4dor&3":                      true,
		"ünïcödé wörds":                    true,
		"        x":                        true, // spaces are characters
		strings.Repeat("ab", 64):           true,
		"short":                            false,
		"ümläut1":                          false, // seven characters, however many bytes
		strings.Repeat("a", 129):           false,
		"Password123":                      false,
		"QWERTYUIOP":                       false,
		"zzzzzzzzzzzz":                     false,
		"ada.lovelace":                     false,
		"ADA.lovelace@example.com":         false,
		"\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc": false,
	} {
		err := CheckPassword("password", password, "ada.lovelace@example.com")
		if (err == nil) != ok || err != nil && fault.Code(err) != "weak-password" {
			t.Errorf("%q: %v", password, err)
		}
		if err != nil && len(password) > 5 && strings.Contains(err.Error(), password) {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}

// RFC 6238, appendix B: eight digits, SHA-1.
func TestCodesAreThoseOfRFC6238(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := totpCode(secret, at/totpStep, 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestACodeHoldsForItsStepAndOneEachWay(t *testing.T) {
	secret, now := []byte("12345678901234567890"), time.Unix(1_700_000_010, 0)
	for off, want := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		code := TOTPCode(secret, now.Add(time.Duration(off)*totpStep*time.Second))
		step, ok := TOTPMatches(secret, code, now)
		if ok != want || ok && step != now.Unix()/totpStep+int64(off) {
			t.Errorf("%d steps off: %v, step %d", off, ok, step)
		}
	}
	for _, junk := range []string{"", "0", "00000", "0000000", "abcdef", "１２３４５６"} {
		if _, ok := TOTPMatches(secret, junk, now); ok {
			t.Errorf("%q is taken for a code", junk)
		}
	}
	if got := TOTPURI(secret, "Tea & Co", "ada@example.com"); got != "otpauth://totp/Tea%20&%20Co:ada@example.com?issuer=Tea+%26+Co&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Errorf("URI = %s", got)
	}
}

func TestNoTwoMailboxesHaveOneKey(t *testing.T) {
	if EmailKey("Ada.L@Example.COM") != "ada.l@example.com" {
		t.Error("letters in upper case make another address")
	}
	for _, like := range []string{"\u212Aate@example.com", "kate@example\u3002com", "k\u0061\u0301te@example.com"} { // Kelvin sign, ideographic full stop
		if EmailKey(like) == "kate@example.com" || EmailKey(like) == EmailKey("káte@example.com") {
			t.Errorf("%q passes for another mailbox", like)
		}
	}
}

func FuzzEmailKey(f *testing.F) {
	f.Add("Ada@Example.com")
	f.Add("\u212Aate@example.com")
	f.Fuzz(func(t *testing.T, s string) {
		k := EmailKey(s)
		if EmailKey(k) != k || len(k) != len(s) {
			t.Errorf("the key of %q is %q, and that of this %q", s, k, EmailKey(k))
		}
		for i := range len(s) {
			if k[i] != s[i] && !('A' <= s[i] && s[i] <= 'Z' && k[i] == s[i]|0x20) {
				t.Errorf("byte %d of %q became %q", i, s, k)
			}
		}
	})
}

func TestADoorStaysShutTwiceAsLongEachTime(t *testing.T) {
	l := Limit{Free: 3, First: time.Second, Most: time.Minute}
	for n, want := range map[int64]time.Duration{1: 0, 2: 0, 3: time.Second, 4: 2 * time.Second, 5: 4 * time.Second, 8: 32 * time.Second, 9: time.Minute, 1 << 40: time.Minute} {
		if got := l.Wait(n); got != want {
			t.Errorf("after %d attempts: %v, want %v", n, got, want)
		}
	}
}

func TestOnlyStaffMay(t *testing.T) {
	for name, tc := range map[string]struct {
		p    Principal
		want bool
	}{
		"nobody":                      {Principal{}, false},
		"a customer, whatever is set": {Principal{CustomerID: "c", Permissions: []string{"*", "catalog:write"}}, false},
		"staff with it":               {Principal{StaffID: "s", Permissions: []string{"catalog:write"}}, true},
		"staff with everything":       {Principal{StaffID: "s", Permissions: []string{"*"}}, true},
		"staff with a longer one":     {Principal{StaffID: "s", Permissions: []string{"catalog:write-all"}}, false},
		"staff without second factor": {Principal{StaffID: "s", Permissions: []string{"*"}, EnrolsOnly: true}, false},
	} {
		if tc.p.May("catalog:write") != tc.want {
			t.Errorf("%s may: %v", name, !tc.want)
		}
	}
}
