package user

// EmailKey is the form of an address by which two of them are the same: letters
// A to Z in lower case. Others stay as they are: Unicode has letters, such as
// the Kelvin sign, whose lower case is an ASCII letter, and by which a stranger's
// mailbox would pass for one's own.
func EmailKey(email string) string {
	b := []byte(email)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
