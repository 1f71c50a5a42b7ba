package object

import (
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Verified is body with an end that can be trusted: unless size bytes came, and
// sum of them is want, reading ends in "object-damaged" and not in io.EOF. sum
// may be nil where only the length is known.
func Verified(key string, body io.ReadCloser, size int64, sum hash.Hash, want []byte) io.ReadCloser {
	return &verified{body, key, size, sum, want}
}

type verified struct {
	io.ReadCloser
	key  string
	left int64
	sum  hash.Hash
	want []byte
}

func (v *verified) Read(p []byte) (int, error) {
	n, err := v.ReadCloser.Read(p)
	v.left -= int64(n)
	if v.sum != nil {
		v.sum.Write(p[:n])
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return n, Damaged(v.key, err)
	case v.left < 0 || err != nil && v.left > 0:
		return n, Damaged(v.key, fmt.Errorf("the length is off by %d", -v.left))
	case err != nil && v.sum != nil && !bytes.Equal(v.sum.Sum(nil), v.want):
		return n, Damaged(v.key, errors.New("the checksum is another"))
	}
	return n, err
}
